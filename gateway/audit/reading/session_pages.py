"""One session's records out of the streams: pages of its steps either way, and all from a place on.

What is read for one page is bounded in records and in time. What comes of it says where to go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple

from gateway.audit import marks
from gateway.audit.reading import spots
from gateway.audit.reading.fields import Fields, fields_of
from gateway.audit.reading.paging import Paged, Placed, complete, paged
from gateway.audit.reading.spots import FIRST, LAST, Spot
from gateway.audit.record import Kind
from gateway.store.client import Store

MOST_READ: Final = 5000
"""Records that are read for one page."""
SECONDS: Final = 2.0
_AT_ONCE: Final = 100
_BEHIND: Final = 300
"""Records behind a page among which outcomes of its requests are looked for."""

_BY_ACTOR: Final = frozenset(
    (
        Kind.SESSION_STARTED,
        Kind.SESSION_ENTERED,
        Kind.SESSION_ELEVATED,
        Kind.SESSION_LOWERED,
        Kind.SESSION_EXTENDED,
        Kind.SESSION_ENDED,
        Kind.REQUEST_INTENT,
        Kind.REQUEST_OUTCOME,
    )
)
"""Of a session's records those whose `actor` is who acts in it."""


class Page(NamedTuple):
    """A page of steps, the oldest first.

    `earlier`: before which to go on; None at the session's beginning. `later`: after which.
    `more`: there is more behind it already.
    """

    steps: Paged
    earlier: Spot | None
    later: Spot
    more: bool


class SessionPages:
    """Reads them. Methods raise `StoreAway`."""

    def __init__(self, store: Store, shards: int) -> None:
        self._store = store
        self._shards = shards

    async def begun(self, session: str) -> Fields | None:
        """Give the record of a session's start; where it is gone, the oldest of its own actor's.

        None where there is none.
        """
        for mark in (marks.life_of(session), marks.of_session(session)):
            places = await spots.after(self._store, self._shards, mark, FIRST, _AT_ONCE)
            for _, record in await self._at(session, places):
                if record["kind"] in _BY_ACTOR and "subject" in record and "actor" in record:
                    return record
        return None

    async def after(self, session: str, spot: Spot, only: str, most: int) -> Page:
        """Give the steps after a spot, at most so many."""
        until, told = _now() + SECONDS, list[Placed]()
        place, more = spot, True
        page = Paged([], [])
        while more and len(told) < MOST_READ and _now() < until and len(page.steps) <= most:
            found, place, more = await self.read_on(session, place)
            told += found
            page = paged(told).of(only)
        if len(page.steps) > most:
            page, place, more = page.first(most), page.steps[most - 1][0], True
        await self._complete(session, page, place)
        return Page(page, spot, place, more)

    async def before(self, session: str, spot: Spot, only: str, most: int) -> Page:
        """Give the steps before a spot, at most so many."""
        until, told = _now() + SECONDS, list[Placed]()
        mark = marks.of_session(session)
        place, more = spot, True
        page = Paged([], [])
        while more and len(told) < MOST_READ and _now() < until and len(page.steps) <= most:
            places = await spots.before(self._store, self._shards, (mark,), place, _AT_ONCE)
            more = len(places) == _AT_ONCE
            place = places[-1] if places else place
            told[:0] = await self._at(session, places[::-1])
            page = paged(told).of(only)
        later = told[-1][0] if told else (FIRST if spot == LAST else spot)
        if len(page.steps) > most:
            page, more = page._replace(steps=page.steps[-most:]), True
            place = page.steps[0][0]
        if spot != LAST:
            await self._complete(session, page, later)
        return Page(page, place if more else None, later, spot != LAST)

    async def read_on(self, session: str, spot: Spot) -> tuple[list[Placed], Spot, bool]:
        """Give records after a spot, the spot behind which to go on, and if there may be more."""
        mark = marks.of_session(session)
        places = await spots.after(self._store, self._shards, mark, spot, _AT_ONCE)
        found = await self._at(session, places)
        return found, places[-1] if places else spot, len(places) == _AT_ONCE

    async def _complete(self, session: str, page: Paged, spot: Spot) -> None:
        if page.open:
            mark = marks.of_session(session)
            places = await spots.after(self._store, self._shards, mark, spot, _BEHIND)
            complete(page, await self._at(session, places))

    async def _at(self, session: str, places: Sequence[Spot]) -> list[Placed]:
        return [
            (Spot.at(entry), record)
            async for entry in spots.entries(self._store, places)
            if (record := fields_of(entry.line)) is not None and record.get("session") == session
        ]


def _now() -> float:
    return asyncio.get_running_loop().time()
