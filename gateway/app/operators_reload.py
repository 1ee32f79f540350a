"""The operators file, read again when it changes; else the old one holds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import structlog

from gateway.app.file_watch import FileWatch, Look, look_at
from gateway.audit.record import ConfigFile, Kind
from gateway.people.operators import Operators
from gateway.sessions.events import Events
from gateway.sessions.review import Review

_log = structlog.get_logger("operators")


class OperatorsReload:
    """Keeps `operators` up to date with their file.

    Args:
        file: None: there is nothing to read again.
        held: how it looked before it was read.
        parse: makes operators of what the file says; raises `GatewayError`.
    """

    def __init__(
        self,
        file: Path | None,
        held: Look,
        parse: Callable[[bytes], Operators],
        operators: Operators,
        review: Review,
        events: Events,
    ) -> None:
        self._file = file
        self._parse = parse
        self._operators = operators
        self._review = review
        self._events = events
        self.watch = FileWatch("operators", lambda: look(file), held, self._take)

    @property
    def stale(self) -> bool:
        """Whether the file says something else than what holds, because it cannot be used."""
        return self.watch.stale

    def start(self) -> None:
        """Begin to look."""
        if self._file is not None:
            self.watch.start()

    async def stop(self) -> None:
        """Look no more."""
        await self.watch.stop()

    async def _take(self) -> None:
        """Let the file hold, on record, and look at every session.

        Raises:
            GatewayError: `config`, it cannot be used.
            OSError: it cannot be read.
            StoreAway: it cannot be put on record, or not every session could be looked at.
        """
        if self._file is None:
            return
        text = await asyncio.to_thread(self._file.read_bytes)
        fresh = await asyncio.to_thread(self._parse, text)
        hashed = ConfigFile(file=str(self._file), sha256=sha256(text).hexdigest())
        said = f"The operators file was read again: it has {len(fresh.listed)}."
        await self._events.of_gateway(Kind.PEOPLE_CHANGED, said, (hashed,))
        self._operators.take_file(fresh)
        self.watch.stale = False
        _log.info("operators.loaded", operators=len(fresh.listed))
        await self._review.look(lambda _: True)


def look(file: Path | None) -> Look:
    """See how the file is."""
    return () if file is None else look_at(file)
