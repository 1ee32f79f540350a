"""The formats that can be redacted: one row each, and no format knows another.

What a row needs of another format (lines of JSON, parts of any type) is put together here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from gateway.errors import Unreadable
from gateway.model import Remark
from gateway.redaction.charsets import UTF_8, text_encoding
from gateway.redaction.events import Events
from gateway.redaction.form import redact_form
from gateway.redaction.html import HtmlRedactor, leaves_as_it_is
from gateway.redaction.json import redact_json
from gateway.redaction.json_stream import JsonStream
from gateway.redaction.lines import Lines, Sequence
from gateway.redaction.media import Handling, handling, is_contradicted
from gateway.redaction.multipart import Multipart, RedactPart
from gateway.redaction.redactor import Body, Redact, Redactor, Whole
from gateway.redaction.rules import Notation, Selection
from gateway.redaction.script import GUARD, Script
from gateway.redaction.table import TableRedactor
from gateway.redaction.text import redact_text

_Make = Callable[[Selection, Body], Redactor]
_AtOnce = Callable[[bytes, Selection, str], tuple[bytes, tuple[Remark, ...]]]
_DEPTH: Final = 2
"""How deep parts may stand in parts."""


class Format(NamedTuple):
    """One format.

    `needs`: the notation that each rule must speak; `silent`: what becomes of a body where one does
    not. `at_once`: redacts a body of this charset's codec, where nothing leaves before the body has
    ended, so that its size and remarks are known then. `declares`: the browser is told the charset,
    so that it reads the same text. `piecemeal`: how a body is read that is too large to be held.
    `live`: somebody waits for each part of it, so nothing waits for a first kilobyte to be looked
    at. `quiet`: it may say nothing for long, so its head waits for nothing. `as_it_is`: says, in
    much less time than `make`'s redactor takes, that a whole body would leave as it is.
    """

    needs: Notation
    make: _Make
    at_once: _AtOnce | None = None
    declares: bool = False
    piecemeal: _Make | None = None
    live: bool = False
    quiet: bool = False
    as_it_is: Callable[[bytes, Selection, str], bool] | None = None
    silent: Handling = "block"


def _json(body: bytes, selection: Selection, charset: str) -> tuple[bytes, tuple[Remark, ...]]:
    guard = GUARD.match(body)
    if guard is None:
        return redact_json(body, selection, charset)
    document, remarks = redact_json(body[guard.end() :], selection, charset)
    return guard[0] + document, remarks


def _large_json(selection: Selection, body: Body) -> Redactor:
    return JsonStream(selection, body.charset, body.cap)


def _html(selection: Selection, body: Body) -> Redactor:
    return HtmlRedactor(selection, body.charset)


def _lines(selection: Selection, body: Body) -> Redactor:
    return Lines(_document(selection, body.charset), body.cap)


def _sequence(selection: Selection, body: Body) -> Redactor:
    return Sequence(_document(selection, body.charset), body.cap)


def _events(selection: Selection, body: Body) -> Redactor:
    return Events(_document(selection, UTF_8.codec), body.cap)


def _script(selection: Selection, body: Body) -> Redactor:
    return Script(_document(selection, body.charset), selection, body)


def _multipart(selection: Selection, body: Body, depth: int = 1) -> Redactor:
    return Multipart(_part(selection, body.cap, depth), body.content_type, body.cap)


def _document(selection: Selection, charset: str) -> Redact:
    return lambda text: redact_json(text, selection, charset)


def _part(selection: Selection, cap: int, depth: int) -> RedactPart:
    """Redact a part as a body of its type is; one of no type that can be read is `Unreadable`."""

    def redacted(content_type: bytes, body: bytes) -> tuple[bytes, bytes, tuple[Remark, ...]]:
        kind = readable(handling(content_type), selection.speaks)
        known = FORMATS.get(kind)
        if known is None or is_contradicted(kind, body, cap):
            raise _unreadable_part(content_type)
        charset = text_encoding(content_type, body, html=kind == "html")
        if charset.source:
            raise _unreadable_part(content_type)
        described = Body(content_type, charset.codec, cap)
        if kind == "multipart":
            if depth == _DEPTH:
                raise _unreadable_part(content_type)
            redactor = _multipart(selection, described, depth + 1)
        else:
            redactor = known.make(selection, described)
        if known.declares:
            content_type = content_type.partition(b";")[0] + b"; charset=" + charset.label.encode()
        out = redactor.feed(body) + redactor.close()
        return content_type, out, redactor.remarks

    return redacted


def _whole(needs: Notation, at_once: _AtOnce, **more: Any) -> Format:
    """The row of a format that can only be read as a whole."""

    def make(selection: Selection, body: Body) -> Redactor:
        return Whole(lambda text: at_once(text, selection, body.charset))

    return Format(needs, make, at_once, **more)


FORMATS: Final[dict[Handling, Format]] = {
    "json": _whole("json", _json, piecemeal=_large_json),
    "html": Format("html", _html, declares=True, as_it_is=leaves_as_it_is),
    "lines": Format("json", _lines, live=True),
    "sequence": Format("json", _sequence, live=True),
    "events": Format("json", _events, live=True, quiet=True),
    "script": Format("json", _script, silent="pass"),
    "multipart": Format("json", _multipart, live=True),
    "table": Format("fields", TableRedactor, declares=True),
    "form": _whole("fields", redact_form),
    "text": _whole("text", redact_text, declares=True),
}


def readable(kind: Handling, speaks: frozenset[Notation]) -> Handling:
    """Say what is left of `handling` where rules speak only these notations.

    A rule that is silent about a format cannot vouch for a body of it.
    """
    known = FORMATS.get(kind)
    return known.silent if known is not None and known.needs not in speaks else kind


def _unreadable_part(content_type: bytes) -> Unreadable:
    named = content_type.partition(b";")[0].decode("ascii", "replace")[:80] or "no type"
    return Unreadable(
        "type_unreadable",
        f"Values are hidden here, and the gateway cannot look into a part of the answer ({named}).",
        "Leave, and open it as yourself; or ask the platform team for a rule that fits.",
    )
