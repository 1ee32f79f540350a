"""Take the gateway's own cookies out of the Cookie header, and rebuild what is left for the app.

`__Host-` keeps a browser from sending a cookie that another host or path set (RFC 6265bis, 4.1.3),
but a client may send anything: two of ours, ours in another spelling, or one that a lenient parser
would trim into ours are refused, never guessed at (threat row 8).
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from gateway.errors import ClientError
from gateway.middleware.draft import Draft
from gateway.wire.memory import Memory
from gateway.wire.script_cookies import PREFIX, ScriptCookie, read_script_cookie

SESSION_COOKIE: Final = "__Host-gateway_session"
JAR_COOKIE: Final = "__Host-gateway_jar"
OPERATOR_COOKIE: Final = "__Host-gateway_operator"
FORM_COOKIE: Final = "__Host-gateway_form"
WAY_COOKIE: Final = "__Host-gateway_way"
_OWN: Final = {
    name.encode(): name
    for name in (SESSION_COOKIE, JAR_COOKIE, OPERATOR_COOKIE, FORM_COOKIE, WAY_COOKIE)
}
_SCRIPTS: Final = PREFIX.encode()
_TOKEN: Final = re.compile(rb"[A-Za-z0-9_-]{20,128}")
_VERSION: Final = re.compile(rb"[0-9]{1,9}")


class _Split(NamedTuple):
    """A Cookie field's value in parts. `kept`: the app's own cookies."""

    token: str | None
    jar_version: int
    kept: bytes
    in_browser: tuple[ScriptCookie, ...] = ()


def split_cookies(draft: Draft) -> None:
    """Set the draft's session token, jar version and what scripts can read of the jar.

    The operator's own cookies stay in `cookie`.

    Raises:
        ClientError: 400 `ambiguous_cookie`.
    """
    if draft.cookie:
        split = _SPLITS[draft.cookie]
        draft.session_token, draft.jar_version, draft.cookie, draft.in_browser = split


def token_in(cookie: bytes) -> str | None:
    """Give the session token in a Cookie field's value, None without one.

    Raises:
        ClientError: 400 `ambiguous_cookie`.
    """
    return _SPLITS[cookie].token if cookie else None


def _split(cookie: bytes) -> _Split:
    if b"gateway" not in cookie.lower():
        return _Split(None, 0, cookie)
    own: dict[str, bytes] = {}
    kept: list[bytes] = []
    scripts: dict[bytes, ScriptCookie] = {}
    for pair in cookie.split(b";"):
        name, _, value = pair.strip(b" \t").partition(b"=")
        if name in _OWN:
            if _OWN[name] in own:
                raise _ambiguous("it holds one of the gateway's cookies twice")
            own[_OWN[name]] = value
        elif name.startswith(_SCRIPTS):
            shown = read_script_cookie(name.decode("latin-1"), value.decode("latin-1"))
            if shown is None or name in scripts:
                raise _ambiguous("a cookie of a session in it is malformed, or there twice")
            scripts[name] = shown
        elif _looks_like_ours(name):
            raise _ambiguous("it holds another spelling of one of the gateway's cookies")
        else:
            kept.append(pair.strip(b" \t"))
    token, version = own.get(SESSION_COOKIE), own.get(JAR_COOKIE, b"0")
    if token is not None and not _TOKEN.fullmatch(token):
        raise _ambiguous("the session's cookie is malformed")
    if not _VERSION.fullmatch(version):
        raise _ambiguous("the jar's cookie is malformed")
    return _Split(
        token.decode() if token is not None else None,
        int(version),
        b"; ".join(kept),
        tuple(scripts.values()),
    )


_SPLITS: Final = Memory(_split, len)


def _looks_like_ours(name: bytes) -> bool:
    text = name.decode("utf-8", "replace").strip().strip('"').lower().replace("-", "_")
    return PREFIX.lower().replace("-", "_") in text or any(
        text.endswith(own.lower().replace("-", "_")) for own in _OWN.values()
    )


def _ambiguous(why: str) -> ClientError:
    return ClientError(
        "ambiguous_cookie",
        f"The Cookie header could not be read without doubt: {why}.",
        "Delete this site's cookies in the browser, then start again from the console.",
    )
