"""A body must not ask the app to treat it as another method (threat row 24).

It matters where the method decides: in read-only mode, and under a block that is for some methods.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_to_bytes

import msgspec

from gateway.errors import Refused
from gateway.middleware.draft import Draft
from gateway.model import Mode
from gateway.policy.requests import names_method

_FORMS: Final = (b"application/x-www-form-urlencoded", b"multipart/")
"""Every `multipart/` type: some frameworks read forms out of mixed and related ones as well."""
_OVERRIDE: Final = re.compile(rb"[_.\[ +-]method|x-http-method|x-method-override", re.IGNORECASE)
_CHARSET: Final = re.compile(rb"charset\s*=\s*[\"']?([^\s;\"']*)")
_ASCII_COMPATIBLE: Final = frozenset(
    (b"utf-8", b"utf8", b"us-ascii", b"ascii", b"iso-8859-1", b"latin1", b"windows-1252")
)


def may_hold_override(draft: Draft, mode: Mode) -> bool:
    """Say whether a body that was let pass for its method could hold such a field."""
    if mode is not Mode.READ_ONLY and not draft.site.rules.tells_methods_apart(draft.wire.path):
        return False
    kind = _type_of(draft)
    return not kind or kind.startswith(_FORMS) or _is_json(kind)


def refuse_body_override(draft: Draft, body: bytes) -> None:
    """Refuse a body with a field that frameworks take for the method, or one that may hide it.

    In a form it is looked for anywhere, also in values: a form parser can be led astray, a search
    cannot. In JSON only the outermost names count: frameworks look at no others.

    Raises:
        Refused: 403 `method_override`.
    """
    if not body:
        return
    kind = _type_of(draft)
    charsets = _CHARSET.findall(kind)
    if draft.fields.get(b"content-encoding", b"identity").lower() != b"identity" or any(
        charset not in _ASCII_COMPATIBLE for charset in charsets
    ):
        raise _refused("The gateway cannot see whether the body asks for another method")
    if _is_json(kind):
        if _json_override(body):
            raise _refused("The body asks the app to treat it as another method")
    elif _OVERRIDE.search(body) or _OVERRIDE.search(unquote_to_bytes(unquote_to_bytes(body))):
        raise _refused("The form asks the app to treat it as another method")


def _type_of(draft: Draft) -> bytes:
    return draft.fields.get(b"content-type", b"").lower().lstrip()


def _is_json(kind: bytes) -> bool:
    return b"json" in kind.partition(b";")[0]


def _json_override(body: bytes) -> bool:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return b"ethod" in body.lower() or b"\\u" in body or b"\0" in body
    return isinstance(found, dict) and any(names_method(str(name)) for name in found)


def _refused(why: str) -> Refused:
    return Refused(
        "method_override",
        f"{why}.",
        "Acting for somebody, each request must be what it says.",
        title="This was not sent to the app",
    )
