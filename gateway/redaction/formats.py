"""The formats that can be redacted: one row each, and no format knows another.

What a row needs of another format (lines of JSON, parts of any type) is put together here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from gateway.redaction.html import HtmlRedactor
from gateway.redaction.json import redact_json
from gateway.redaction.json_stream import JsonStream
from gateway.redaction.media import Handling
from gateway.redaction.redactor import Body, Redactor, Whole
from gateway.redaction.rules import Notation, Selection

_Make = Callable[[Selection, Body], Redactor]


class Format(NamedTuple):
    """One format.

    `needs`: the notation that each rule must speak. `whole`: nothing leaves before the body has
    ended, so its size and remarks are known then. `declares`: the browser is told the charset, so
    that it reads the same text. `piecemeal`: how a body is read that is too large to be held.
    """

    needs: Notation
    whole: bool
    declares: bool
    make: _Make
    piecemeal: _Make | None = None


def _json(selection: Selection, body: Body) -> Redactor:
    return Whole(lambda text: redact_json(text, selection, body.charset))


def _large_json(selection: Selection, body: Body) -> Redactor:
    return JsonStream(selection, body.charset, body.cap)


def _html(selection: Selection, body: Body) -> Redactor:
    return HtmlRedactor(selection, body.charset)


FORMATS: Final[dict[Handling, Format]] = {
    "json": Format("json", whole=True, declares=False, make=_json, piecemeal=_large_json),
    "html": Format("html", whole=False, declares=True, make=_html),
}


def readable(kind: Handling, speaks: frozenset[Notation]) -> Handling:
    """Say what is left of `handling` where rules speak only these notations.

    A rule that is silent about a format cannot vouch for a body of it.
    """
    known = FORMATS.get(kind)
    return "block" if known is not None and known.needs not in speaks else kind
