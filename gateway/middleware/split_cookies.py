"""Take the gateway's own cookies out of the Cookie header, and rebuild what is left for the app.

`__Host-` keeps a browser from sending a cookie that another host or path set (RFC 6265bis, 4.1.3),
but a client may send anything: two of ours, ours in another spelling, or one that a lenient parser
would trim into ours are refused, never guessed at (threat row 8).
"""

from __future__ import annotations

import re
from typing import Final

from gateway.errors import ClientError
from gateway.middleware.draft import Draft

SESSION_COOKIE: Final = "__Host-gateway_session"
JAR_COOKIE: Final = "__Host-gateway_jar"
OPERATOR_COOKIE: Final = "__Host-gateway_operator"
FORM_COOKIE: Final = "__Host-gateway_form"
_OWN: Final = {
    name.encode(): name for name in (SESSION_COOKIE, JAR_COOKIE, OPERATOR_COOKIE, FORM_COOKIE)
}
_TOKEN: Final = re.compile(rb"[A-Za-z0-9_-]{20,128}")
_VERSION: Final = re.compile(rb"[0-9]{1,9}")


def split_cookies(draft: Draft) -> None:
    """Set the draft's session token and jar version; leave the app's own cookies in `cookie`.

    Raises:
        ClientError: 400 `ambiguous_cookie`.
    """
    cookie = draft.cookie
    if not cookie or b"gateway" not in cookie.lower():
        return
    kept: list[bytes] = []
    seen: set[bytes] = set()
    for pair in cookie.split(b";"):
        name, _, value = pair.strip(b" \t").partition(b"=")
        if name in _OWN:
            if name in seen:
                raise _ambiguous("it holds one of the gateway's cookies twice")
            seen.add(name)
            _read(draft, _OWN[name], value)
        elif _looks_like_ours(name):
            raise _ambiguous("it holds another spelling of one of the gateway's cookies")
        else:
            kept.append(pair.strip(b" \t"))
    draft.cookie = b"; ".join(kept)


def _read(draft: Draft, name: str, value: bytes) -> None:
    if name == SESSION_COOKIE:
        if not _TOKEN.fullmatch(value):
            raise _ambiguous("the session's cookie is malformed")
        draft.session_token = value.decode()
    elif name == JAR_COOKIE:
        if not _VERSION.fullmatch(value):
            raise _ambiguous("the jar's cookie is malformed")
        draft.jar_version = int(value)


def _looks_like_ours(name: bytes) -> bool:
    text = name.decode("utf-8", "replace").strip().strip('"').lower().replace("-", "_")
    return any(text.endswith(own.lower().replace("-", "_")) for own in _OWN.values())


def _ambiguous(why: str) -> ClientError:
    return ClientError(
        "ambiguous_cookie",
        f"The Cookie header could not be read without doubt: {why}.",
        "Delete this site's cookies in the browser, then start again from the console.",
    )
