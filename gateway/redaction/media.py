"""What can be done with a response's media type where rules apply (threat 31).

Three kinds of types are known: those that a format here can redact, those that hold no user data
by their nature, and all the rest, which is blocked. The body's own look never opens a door; it
only closes one, when something that is redacted elsewhere comes under another type.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from gateway.redaction.look import Look

Handling = Literal[
    "json",
    "html",
    "lines",
    "sequence",
    "events",
    "script",
    "multipart",
    "table",
    "form",
    "text",
    "pass",
    "block",
]

_ESSENCE = re.compile(rb"[\t ]*([a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+)[\t ]*(?:;[^,]*)?")
_TYPES: dict[bytes, Handling] = {
    **dict.fromkeys((b"application/json", b"text/json"), "json"),
    b"text/html": "html",
    **dict.fromkeys(
        (
            b"application/x-ndjson",
            b"application/ndjson",
            b"text/x-ndjson",
            b"application/jsonl",
            b"application/x-jsonl",
            b"application/jsonlines",
            b"application/x-jsonlines",
            b"application/json-lines",
            b"application/stream+json",
            b"application/x-json-stream",
        ),
        "lines",
    ),
    b"application/json-seq": "sequence",
    b"text/event-stream": "events",
    **dict.fromkeys(
        (
            b"text/javascript",
            b"application/javascript",
            b"application/x-javascript",
            b"text/x-javascript",
            b"application/ecmascript",
            b"application/x-ecmascript",
            b"text/ecmascript",
        ),
        "script",
    ),
    b"multipart/mixed": "multipart",
    b"text/csv": "table",
    b"application/csv": "table",
    b"text/tab-separated-values": "table",
    b"text/tsv": "table",
    b"application/x-www-form-urlencoded": "form",
    b"text/plain": "text",
    b"text/markdown": "text",
}
_MARKUP: Final = re.compile(rb"[\t\n\f\r ]*<[!/?A-Za-z]")
"""What begins so begins neither like JSON nor like a call."""
_FREE: Final = frozenset(("table", "form", "text"))
"""Formats as which nearly any text can be read."""
_SUFFIXES: dict[bytes, Handling] = {b"json": "json", b"json-seq": "sequence"}
_PASSED = frozenset(
    (
        b"text/css",
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


def handling(content_type: bytes) -> Handling:
    """Say what to do with a body of this type where rules apply.

    Args:
        content_type: the field's value, empty when there is none.

    Returns:
        A format's name: redact it so, as far as the rules speak of it (`formats.readable`).
        "pass": the type holds nothing to hide, unless `contradicts` says otherwise. "block":
        nothing of it may leave.
    """
    match = _ESSENCE.fullmatch(content_type.lower())
    if match is None:
        return "block"
    essence = match[1]
    if known := _TYPES.get(essence) or _SUFFIXES.get(essence.rpartition(b"+")[2]):
        return known
    if essence in _PASSED:
        return "pass"
    if essence.startswith(_PASSED_FAMILIES) and not essence.endswith(b"+xml"):
        return "pass"
    return "block"


def is_contradicted(kind: Handling, body: bytes, cap: int) -> bool:
    """Say the same as `contradicts`, of a body that is there; at most `cap` bytes are looked at.

    Raises:
        Unreadable: as `Look.feed`.
    """
    if kind == "html" and _MARKUP.match(body):
        return False
    look = Look(cap)
    look.feed(body)
    look.end()
    return contradicts(kind, look)


def contradicts(kind: Handling, look: Look) -> bool:
    """Say whether a body's beginning shows that its type is not to be trusted: then block it.

    Args:
        kind: what `handling` said. Where nothing but a format's own parser reads the body, nothing
            contradicts it here.
        look: has seen enough of the decoded body.
    """
    if kind == "html":
        return look.json or look.jsonp
    if kind == "script":
        return look.json or look.markup
    if kind in _FREE and look.file:
        return True
    if kind == "pass" or kind in _FREE:
        return look.json or look.jsonp or look.markup
    return False
