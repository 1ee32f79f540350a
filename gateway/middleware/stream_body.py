"""The body of a governed response while it streams.

It goes decode -> look -> redact -> links -> bar. What can only be read as a whole, and is small
enough to be held, takes a shorter way: `read_body`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gateway.banner.inject import Injector
from gateway.errors import Unreadable
from gateway.middleware.links.mapper import LinkMapper
from gateway.middleware.origins import Origins
from gateway.middleware.plan_body import BodyPlan, blocked
from gateway.middleware.read_body import Source, decoder_of, reading_of, redactor_of
from gateway.model import Remark
from gateway.redaction.charsets import PRESCAN, Text
from gateway.redaction.encodings import Decoder
from gateway.redaction.formats import FORMATS
from gateway.redaction.look import Look
from gateway.redaction.media import contradicts
from gateway.redaction.redactor import Redactor
from gateway.redaction.reporting import Reporting
from gateway.redaction.rules import Selection

_ENDLESS: Final = 1 << 50


class BodyStream:
    """A body that is read and released piece by piece. `open` it first, then `read` to its end.

    Args:
        plan: of way `read`.
        source: the app's body.
        snippet: the bar's tags for a document, else empty.
        origins: of the session, for a plan with links.
        copy: takes a copy of what is released, without the bar.
    """

    def __init__(
        self,
        plan: BodyPlan,
        source: Source,
        snippet: bytes = b"",
        origins: Origins | None = None,
        copy: Callable[[bytes], object] | None = None,
    ) -> None:
        self._plan = plan
        self._source = source
        self._decode: Decoder | None = decoder_of(plan, cap=_ENDLESS)
        self._links = LinkMapper(plan.links, origins) if plan.links and origins else None
        self._injector = Injector(snippet) if plan.bar else None
        self._copy = copy
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
        plan = self._plan
        known = FORMATS.get(plan.kind)
        live = known is not None and known.live
        look = None if live else await self._begin()
        try:
            if look is not None and contradicts(plan.kind, look):
                raise blocked(plan.content_type)
            self._read_under(plan.selection)
        except Unreadable as no:
            if not plan.report_only:
                raise
            self._would = no.code
            if plan.bar:
                self._read_under(None)
        if plan.held:
            self._ready = await self.read()

    def _read_under(self, selection: Selection | None) -> None:
        plan = self._plan
        known = FORMATS.get(plan.kind)
        if known is None:
            return
        self.content_type, charset = reading_of(plan, selection, self._first)
        self._recode = Text(charset.source) if charset.source else None
        if selection is None or not (known.live or self._first):
            return
        self._redactor = redactor_of(plan, selection, charset)
        if plan.report_only:
            cap = plan.max_readable if plan.whole else None
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
        if self._copy is not None:
            self._copy(data)
        if self._injector is not None:
            data = self._injector.feed(data) + (self._injector.close() if last else b"")
        return data

    def _end(self) -> bytes:
        rest = self._checked(self._recode.read(b"", last=True).encode()) if self._recode else b""
        last = self._redactor.close() if self._redactor is not None else b""
        return rest + self._shown(last, last=True)
