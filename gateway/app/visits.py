"""Who came for a user, and what they did: read from the streams, within bounds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from gateway.audit import marks
from gateway.audit.reading.fields import Fields, fields_of
from gateway.audit.reading.meaning import printable
from gateway.audit.reading.positions import newest
from gateway.audit.reading.visits import Tally
from gateway.audit.record import Kind
from gateway.console.consent_services import Came, History, Made, Recognised
from gateway.model import Mode
from gateway.store.client import Store

PAGE: Final = 10
"""Sessions of one page."""
_STARTS: Final = 2000
_RECORDS: Final = 2000
"""Records of one session that are read."""
_SECONDS: Final = 3.0
_AT_ONCE: Final = 2
"""Pages that are read at the same time, by one worker."""


class Visits:
    """Implements `console.consent_services.Histories`."""

    def __init__(self, store: Store, shards: int) -> None:
        self._store = store
        self._shards = shards
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def of(self, caller: Recognised, before: str) -> History:
        """Give sessions for a user, those before one where it is named.

        Raises:
            StoreAway: they cannot be read.
        """
        async with self._turns:
            until = asyncio.get_running_loop().time() + _SECONDS
            starts, earlier = await self._starts(caller, before)
            return History(
                sessions=tuple([await self._came(each, until) for each in starts]), earlier=earlier
            )

    async def _starts(self, caller: Recognised, before: str) -> tuple[list[Fields], bool]:
        found: list[Fields] = []
        seen = 0
        mark = marks.of_subject(caller.site, caller.user.id)
        async with aclosing(self._read(mark)) as records:
            async for record in records:
                seen += 1
                if record["kind"] == Kind.SESSION_STARTED and (not before or record["id"] < before):
                    if len(found) == PAGE:
                        return found, True
                    found.append(record)
                if seen >= _STARTS:
                    break
        return found, False

    async def _came(self, start: Fields, until: float) -> Came:
        tally, read, complete = Tally(), 0, True
        clock = asyncio.get_running_loop().time
        async with aclosing(self._read(marks.of_session(start.get("session", "")))) as records:
            async for record in records:
                if read == _RECORDS or clock() > until:
                    complete = False
                    break
                read += 1
                tally.add(record)
        actor, end = start.get("actor", {}), tally.end
        return Came(
            id=start["id"],
            at=start["at"],
            who=printable(actor.get("name") or actor.get("id", "")),
            reason=printable(start.get("why", "")),
            ticket=printable(start.get("ticket", "")),
            mode=Mode(start.get("mode", Mode.READ_ONLY)),
            elevated=tally.elevated,
            ended_at=end.get("at", ""),
            ended=end.get("reason", ""),
            requests=tally.requests,
            refused=tally.refused,
            changes=tally.changed,
            made=tuple(
                Made(at=each.at, method=each.method, path=each.path, status=each.status)
                for each in tally.changes
            ),
            hidden=dict(tally.hidden),
            shown=tuple(tally.shown),
            complete=complete,
        )

    async def _read(self, mark: str) -> AsyncGenerator[Fields, None]:
        async for entry in newest(self._store, self._shards, mark):
            record = fields_of(entry.line)
            if record is not None:
                yield record
