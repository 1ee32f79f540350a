"""What the tests of redaction share: rules in one line, and pages fed in pieces."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from gateway.model import Remark
from gateway.redaction.formats import FORMATS
from gateway.redaction.hiding import Action
from gateway.redaction.html import HtmlRedactor
from gateway.redaction.media import Handling
from gateway.redaction.redactor import Body, Redactor
from gateway.redaction.rules import RedactionRule, Selection, compile_rules

HASH_KEY = bytes(range(32))


def rule(
    name: str,
    *,
    fields: Iterable[str] = (),
    json: Iterable[str] = (),
    html: Iterable[str] = (),
    text: Iterable[str] = (),
    headers: Iterable[str] = (),
    paths: Iterable[str] = (),
    action: Action = "remove",
) -> RedactionRule:
    """A rule whose category has the rule's name."""
    return RedactionRule(
        id=name,
        category=name,
        fields=tuple(fields),
        json=tuple(json),
        html=tuple(html),
        text=tuple(text),
        headers=tuple(headers),
        paths=tuple(paths),
        action=action,
    )


def select(*rules: RedactionRule) -> Selection:
    """The selection of all these rules."""
    selection = compile_rules(rules, hash_key=HASH_KEY).select("/", ())
    assert selection is not None
    return selection


def hiding_json(*paths: str, action: Action = "remove") -> Selection:
    """One rule that hides these JSONPaths."""
    return select(rule("notes", json=paths, action=action))


def hiding_html(*selectors: str, action: Action = "remove") -> Selection:
    """One rule that hides these CSS selectors."""
    return select(rule("notes", html=selectors, action=action))


def redact_page(
    page: bytes, selection: Selection, *, piece: int = 1 << 20, encoding: str = "utf-8"
) -> tuple[bytes, tuple[Remark, ...]]:
    """Feed a page in pieces of this size."""
    redactor = HtmlRedactor(selection, encoding)
    pieces = [redactor.feed(page[at : at + piece]) for at in range(0, len(page), piece)]
    return b"".join((*pieces, redactor.close())), redactor.remarks


def cut(body: bytes, cuts: Iterable[int]) -> list[bytes]:
    """A body in pieces, cut in these places."""
    edges = sorted({0, len(body), *(at % (len(body) + 1) for at in cuts)})
    return [body[start:end] for start, end in pairwise(edges)]


def run(redactor: Redactor, pieces: Iterable[bytes]) -> bytes:
    """Everything that leaves of a body that comes in pieces."""
    return b"".join([*map(redactor.feed, pieces), redactor.close()])


def redact_body(
    kind: Handling,
    body: bytes,
    selection: Selection,
    *,
    codec: str = "utf-8",
    cuts: Iterable[int] = (),
    content_type: bytes = b"",
    cap: int = 1 << 20,
) -> tuple[bytes, tuple[Remark, ...]]:
    """Feed a body of one format, cut into pieces at these places."""
    redactor = FORMATS[kind].make(selection, Body(content_type, codec, cap))
    return run(redactor, cut(body, cuts)), redactor.remarks
