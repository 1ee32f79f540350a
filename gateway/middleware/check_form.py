"""A body must not ask the app to treat it as another method (threat row 24).

It matters where the method decides: in read-only mode, and under a block that is for some methods.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from gateway.errors import Refused
from gateway.middleware.draft import Draft
from gateway.model import Mode
from gateway.policy.requests import names_method

_READ: Final = (b"form", b"multipart/", b"json")
"""What stands somewhere in a type that frameworks look into: some of them search for it there."""


def _spelt(characters: str) -> str:
    """A pattern for one of these, as it is or percent-encoded to any depth."""
    codes = "|".join(f"{ord(each):02x}" for each in characters + characters.upper())
    return f"(?:[{re.escape(characters)}]|%(?:25)*(?:{codes}))"


_OVERRIDE: Final = re.compile(
    r"\\*".join(map(_spelt, ("_.[ +-", *"method"))).encode()  # Rack takes `\m` for `m` in a name
    + rb"|;\s*name\*|=\?[^\s?]+\?[bq]\?",  # RFC 2231, RFC 2047: names that Tomcat decodes
    re.IGNORECASE,
)
_CHARSET: Final = re.compile(rb"charset\s*=\s*[\"']?([^\s;\"']*)")
_ASCII_COMPATIBLE: Final = frozenset(
    (b"utf-8", b"utf8", b"us-ascii", b"ascii", b"iso-8859-1", b"latin1", b"windows-1252")
)


def may_hold_override(draft: Draft, mode: Mode) -> bool:
    """Say whether a body that was let pass for its method could hold such a field."""
    if mode is not Mode.READ_ONLY and not draft.site.rules.tells_methods_apart(draft.wire.path):
        return False
    kind = _type_of(draft)
    return not kind or any(each in kind for each in _READ)


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
    if b"json" in kind and _json_override(body):
        raise _refused("The body asks the app to treat it as another method")
    if b"json" not in kind.partition(b";")[0] and _OVERRIDE.search(body):
        raise _refused("The form asks the app to treat it as another method")


def _type_of(draft: Draft) -> bytes:
    return draft.fields.get(b"content-type", b"").lower().lstrip()


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
