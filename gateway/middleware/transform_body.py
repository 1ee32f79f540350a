"""What happens to the body of a governed response: redacted, given the bar, blocked or passed.

`plan_body` decides from the head alone. A body that is read goes

    decode -> look -> redact -> links -> bar

and what is neither read nor known to hold nothing that rules hide is blocked (laws 7 and 8).
"""

from __future__ import annotations

import re
from functools import lru_cache, partial
from typing import Final, Literal, Protocol

from gateway.banner.inject import Injector
from gateway.errors import Unreadable
from gateway.middleware.governed_response import GovernedHead
from gateway.middleware.links.mapper import Kind, LinkMapper, links_in
from gateway.middleware.origins import Origins
from gateway.model import Frozen, Remark
from gateway.redaction.charsets import PRESCAN, Text, text_encoding
from gateway.redaction.encodings import Decoder, decoder
from gateway.redaction.formats import FORMATS, readable
from gateway.redaction.look import Look
from gateway.redaction.media import Handling, contradicts, handling
from gateway.redaction.redactor import Body, Redactor, Spilling
from gateway.redaction.reporting import Reporting
from gateway.redaction.rules import Notation, Selection

_REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))
_RATIO: Final = 200
_ENDLESS: Final = 1 << 50
_ENDS: Final = rb"(?:[\s;(]|$)"
"""Where a browser takes a type to end, whatever follows: `text/html charset=utf-8` is HTML."""
_SCRIPTED: Final = re.compile(rb"[^;]*(?:\+xml|/xml|/xsl|x-mixed-replace)" + _ENDS, re.IGNORECASE)
"""Types that a browser shows as a page in which scripts run, and in which no bar can be put."""
_HTML: Final = re.compile(rb"\s*text/html" + _ENDS, re.IGNORECASE)


class Source(Protocol):
    """A body as it comes from the app."""

    async def read(self) -> bytes:
        """Give the next bytes, b"" at a clean end."""
        ...


class BodyPlan(Frozen, frozen=True, kw_only=True):
    """How one body is carried over.

    `pass`: as it is, in the app's own coding; `read`: read, and released as the format lets it;
    `drop`: the client gets the head alone. `bar`: it is a document, so it gets the bar. `held`: the
    format is read as a whole, so it is bounded by `max_readable`; unless it may `spill`. `quiet`:
    its head waits for nothing. `links`: where it holds links that are mapped. `report_only`: the
    rules see it, and it passes as it is.
    """

    way: Literal["pass", "read", "drop"]
    held: bool
    spill: bool
    quiet: bool
    kind: Handling
    content_type: bytes
    coding: bytes
    max_readable: int
    selection: Selection | None
    bar: bool
    links: Kind = ""
    report_only: bool = False


def plan_body(
    head: GovernedHead,
    selection: Selection | None,
    *,
    length: int | None,
    document: bool,
    max_readable: int,
    spill: bool = False,
    map_links: bool = False,
) -> BodyPlan:
    """Decide what happens to a body.

    Args:
        head: the app's response.
        selection: the rules that apply to this path in this session, None when none do.
        length: the body's size in bytes, None when only its end will tell. What holds nothing can
            hide nothing: a redirect after a form often has neither a body nor a type.
        document: a browser may show the answer as a document of its own.
        max_readable: the largest decoded body in bytes that is held in memory.
        spill: a larger one is read while it streams, where its format can be, and not blocked.
        map_links: absolute links of the app's hosts are mapped.

    Raises:
        Unreadable: nothing of it may leave.
    """
    speaks = selection.speaks if selection is not None else None
    kind, bar = _reading(head.content_type, document, speaks)
    empty = length == 0 or head.status == 204
    links = links_in(head.content_type) if map_links and not empty else ""
    way: Literal["pass", "read", "drop"] = "read"
    if kind == "block" and not empty:
        if head.status not in _REDIRECTS:
            raise _blocked(head.content_type)
        way = "drop"  # nobody is shown it
    elif (selection is None or empty) and not bar and not links:
        way = "pass"
    known = FORMATS.get(kind)
    return BodyPlan(
        way=way,
        held=known is not None and known.whole,
        quiet=selection is not None and known is not None and known.quiet,
        spill=spill and known is not None and known.piecemeal is not None,
        kind="html" if bar else kind,
        content_type=head.content_type,
        coding=head.coding,
        max_readable=max_readable,
        selection=selection,
        bar=bar,
        links=links,
    )


@lru_cache(maxsize=1024)
def _reading(
    content_type: bytes, document: bool, speaks: frozenset[Notation] | None
) -> tuple[Handling, bool]:
    """Say what to do with a body of this type, and whether it gets the bar."""
    if b"," in content_type:  # two types in one field: nobody can say which one a browser takes
        raise _blocked(content_type)
    if document and _SCRIPTED.match(content_type):
        raise Unreadable(
            "document_without_bar",
            "The app answered with a kind of page that cannot carry the impersonation bar.",
            "Leave, and open it as yourself.",
        )
    kind = readable(handling(content_type), speaks) if speaks is not None else "pass"
    return kind, document and _HTML.match(content_type) is not None


class BodyStream:
    """A body that is read and released piece by piece. `open` it first, then `read` to its end.

    Args:
        plan: of way `read`.
        source: the app's body.
        snippet: the bar's tags for a document, else empty.
        origins: of the session, for a plan with links.
    """

    def __init__(
        self, plan: BodyPlan, source: Source, snippet: bytes = b"", origins: Origins | None = None
    ) -> None:
        cap = plan.max_readable if plan.held and not plan.spill else _ENDLESS
        self._plan = plan
        self._source = source
        self._decode: Decoder | None = decoder(plan.coding.decode("latin-1"), cap=cap, ratio=_RATIO)
        self._links = LinkMapper(plan.links, origins) if plan.links and origins else None
        self._injector = Injector(snippet) if plan.bar else None
        self._recode: Text | None = None
        self._redactor: Redactor | None = None
        self._reporting: Reporting | None = None
        self._would = ""
        self._first = b""
        self._ready = b""
        self.ended = False
        """All of it was read, and what is left of it is given by the next `read`."""
        self.content_type = plan.content_type

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What was hidden so far; all of it when it has `ended`."""
        return self._redactor.remarks if self._redactor is not None else ()

    @property
    def would(self) -> str:
        """The code by which rules that only report would have blocked it, or empty."""
        return self._would or (self._reporting.would if self._reporting is not None else "")

    async def open(self) -> None:
        """Read as much as tells the body's charset, which `content_type` then declares.

        Of what is held it reads all that there is, or as much as is held.

        Raises:
            Unreadable, UpstreamError: nothing of it may leave.
        """
        await self._look()
        if self._plan.held:
            self._ready = await self.read()

    async def _look(self) -> None:
        plan = self._plan
        known = FORMATS.get(plan.kind)
        look = None if known is not None and known.live else await self._begin()
        try:
            self._set_up(plan.selection, look)
        except Unreadable as no:
            if not plan.report_only:
                raise
            self._would = no.code
            if plan.bar:
                self._set_up(None, None)

    def _set_up(self, selection: Selection | None, look: Look | None) -> None:
        """See that the body's type can be trusted, and choose who reads it."""
        plan = self._plan
        if look is not None and contradicts(plan.kind, look):
            raise _blocked(plan.content_type)
        known = FORMATS.get(plan.kind)
        if known is None:
            return
        html = plan.kind == "html"
        redacted = selection is not None
        charset = text_encoding(plan.content_type, self._first, html=html, redacted=redacted)
        if charset.source:
            self._recode = Text(charset.source)
        if known.declares or charset.source:
            essence = b"text/html" if html else plan.content_type.partition(b";")[0].strip()
            self.content_type = essence + b"; charset=" + charset.label.encode()
        if selection is not None and (known.live or self._first):
            body = Body(plan.content_type, charset.codec, plan.max_readable)
            self._redactor = known.make(selection, body)
            if plan.spill and known.piecemeal is not None:
                piecemeal = partial(known.piecemeal, selection, body)
                self._redactor = Spilling(self._redactor, piecemeal, plan.max_readable)
            if plan.report_only:
                cap = plan.max_readable if known.whole and not plan.spill else None
                self._redactor = self._reporting = Reporting(self._redactor, cap)

    async def _begin(self) -> Look:
        """Read until the body's beginning is told."""
        plan = self._plan
        look = Look(max(plan.max_readable, PRESCAN))
        look.enough = plan.selection is None or plan.kind == "json"
        while self._decode is not None and (len(self._first) < PRESCAN or not look.enough):
            data = await self._decoded()
            self._first += data
            look.feed(data)
        look.end()
        return look

    async def read(self) -> bytes:
        """Give the next bytes for the client, b"" at the end."""
        if self._ready:
            ready, self._ready = self._ready, b""
            return ready
        first, self._first = self._first, b""
        out = self._through(first) if first else b""
        while not out and not self.ended:
            data = await self._decoded() if self._decode is not None else b""
            if data:
                out = self._through(data)
            if self._decode is None:
                self.ended = True
                out += self._end()
        return out

    async def rest(self) -> bytes:
        """Read to the end, and give all of it."""
        parts = []
        while data := await self.read():
            parts.append(data)
        return b"".join(parts)

    async def _decoded(self) -> bytes:
        """The next decoded bytes; the last ones come with the decoder's end."""
        assert self._decode is not None  # noqa: S101  asked by the callers
        if data := await self._source.read():
            return self._decode.feed(data)
        rest = self._decode.close()
        self._decode = None
        return rest

    def _through(self, data: bytes) -> bytes:
        if self._recode is not None:
            data = self._recode.read(data).encode()
        return self._checked(data)

    def _checked(self, data: bytes) -> bytes:
        if self._redactor is not None:
            data = self._redactor.feed(data)
        return self._shown(data)

    def _shown(self, data: bytes, *, last: bool = False) -> bytes:
        """What the client gets of what may leave: with the session's links, and the bar."""
        if self._links is not None:
            data = self._links.feed(data) + (self._links.close() if last else b"")
        if self._injector is not None:
            data = self._injector.feed(data) + (self._injector.close() if last else b"")
        return data

    def _end(self) -> bytes:
        rest = self._checked(self._recode.read(b"", last=True).encode()) if self._recode else b""
        last = self._redactor.close() if self._redactor is not None else b""
        return rest + self._shown(last, last=True)


def _blocked(content_type: bytes) -> Unreadable:
    named = content_type.partition(b";")[0].decode("ascii", "replace")[:80] or "no type"
    return Unreadable(
        "type_unreadable",
        f"Values are hidden here, and the gateway cannot look into this kind of answer ({named}).",
        "Leave, and open it as yourself; or ask the platform team for a rule that fits.",
    )
