"""What can be done with a response's media type where rules apply (threat 31).

Three kinds of types are known: those that a format here can redact, those that hold no user data
by their nature, and all the rest, which is blocked. The body's own look never opens a door; it
only closes one, when something that is redacted elsewhere comes under another type.
"""

from __future__ import annotations

import re
from typing import Literal

Handling = Literal["json", "html", "pass", "block"]

_ESSENCE = re.compile(rb"[\t ]*([a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+)[\t ]*(?:;[^,]*)?")
_HTML = b"text/html"
_JSON = frozenset((b"application/json", b"text/json"))
_PASSED = frozenset(
    (
        b"text/css",
        b"text/javascript",
        b"application/javascript",
        b"application/x-javascript",
        b"application/ecmascript",
        b"text/ecmascript",
        b"application/wasm",
        b"application/font-woff",
        b"application/font-woff2",
        b"application/font-sfnt",
        b"application/vnd.ms-fontobject",
        b"application/x-font-ttf",
        b"application/x-font-otf",
        b"application/x-font-woff",
    )
)
_PASSED_FAMILIES = (b"image/", b"font/", b"audio/", b"video/")

_LOOK = 1024
_BLANK = rb"(?>[\s\xa0]|\xef\xbb\xbf|/\*.*?\*/|//[^\r\n]*[\r\n])*+"  # no way back: linear
_JSON_LOOK = rb'(?:\{\s*["}]|\[\s*(?:[]["{\d-]|true|false|null))'
_LOOKS_LIKE_JSON = re.compile(
    _BLANK
    + rb"(?:\)\]\}'|(?:while|for)\s*\([\s\d;]*\)|"  # guards against being read as a script
    + _JSON_LOOK
    + rb"|(?:typeof\s+[\w$.]+\s*===?\s*[\"']function[\"']\s*&&\s*|[\w$.]+\s*&&\s*)?"
    + rb"[\w$.\[\]\"']+\s*\(\s*\[?\s*\{\s*[\"'])",  # JSONP, as several servers write it
    re.DOTALL,
)
_LOOKS_LIKE_MARKUP = re.compile(_BLANK + rb"<[a-z!?/]", re.DOTALL | re.IGNORECASE)


def handling(content_type: bytes) -> Handling:
    """Say what to do with a body of this type where rules apply.

    Args:
        content_type: the field's value, empty when there is none.

    Returns:
        A format's name: redact it so, as far as the rules speak of it (`formats.readable`).
        "pass": the type holds nothing to hide, unless `sniff_contradicts` says otherwise. "block":
        nothing of it may leave.
    """
    match = _ESSENCE.fullmatch(content_type.lower())
    if match is None:
        return "block"
    essence = match[1]
    if essence in _JSON or essence.endswith(b"+json"):
        return "json"
    if essence == _HTML:
        return "html"
    if essence in _PASSED:
        return "pass"
    if essence.startswith(_PASSED_FAMILIES) and not essence.endswith(b"+xml"):
        return "pass"
    return "block"


def sniff_contradicts(kind: Handling, first_bytes: bytes) -> bool:
    """Say whether a body's beginning shows that its type is not to be trusted: then block it.

    Args:
        kind: what `handling` said. JSON is proven by its parser, so nothing contradicts it here.
        first_bytes: the decompressed body's first bytes, a kilobyte where it is that long.
    """
    start = first_bytes[:_LOOK].replace(b"\0", b"")  # UTF-16 text under another type
    if kind == "html":
        return _LOOKS_LIKE_JSON.match(start) is not None
    if kind == "pass":
        return any(look.match(start) for look in (_LOOKS_LIKE_JSON, _LOOKS_LIKE_MARKUP))
    return False
