"""Delivers what was read of a shard: in order, and acknowledged once it is confirmed.

While the destination is away, or takes nothing, the same is sent again and again. Only what it
refuses for the record's own sake is parted until the record is found; that one is tried again a few
times, goes to the dead letters, and lets the others pass.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import structlog

from gateway.audit.forward.dead import DeadLetters
from gateway.audit.forward.destination import Destination, NotNow, Outgoing, Refused, head_of
from gateway.audit.forward.group import Group
from gateway.audit.forward.pace import Backoff
from gateway.audit.reading.reader import Entry
from gateway.audit.record import timestamp

TRIES = 5
"""Times that a destination may refuse a record before it is given up."""
NO_RECORD = "no record that a gateway wrote stands there"

_log = structlog.get_logger("forward")


class Delivery:
    """Brings entries to a destination.

    Args:
        wanted: tells of a record's kind whether it is delivered.
        rest: waits so many seconds; what it raises ends the delivery, and nothing is skipped.
        draw: gives a number from 0 to 1.
        now: the wall clock in milliseconds.
    """

    def __init__(
        self,
        group: Group,
        destination: Destination,
        dead: DeadLetters,
        *,
        wanted: Callable[[str], bool],
        rest: Callable[[float], Awaitable[None]],
        draw: Callable[[], float],
        now: Callable[[], int],
    ) -> None:
        self._group = group
        self._destination = destination
        self._dead = dead
        self._wanted = wanted
        self._rest = rest
        self._draw = draw
        self._now = now

    async def deliver(self, shard: int, entries: Sequence[Entry]) -> None:
        """Return when each of `entries` is confirmed, not wanted or a dead letter.

        Raises:
            StoreAway: what was confirmed may not be acknowledged, and is delivered again.
        """
        going, passed = [], []
        for entry in entries:
            head = head_of(entry.line)
            if head is None:
                await self._give_up(shard, entry.position, entry.line, NO_RECORD)
            elif self._wanted(head.kind):
                going.append(Outgoing(entry.position, entry.line, head))
            else:
                passed.append(entry.position)
        await self._group.acknowledge(shard, passed)
        if going:
            await self._send(shard, going)

    async def _send(self, shard: int, records: Sequence[Outgoing]) -> None:
        backoff = Backoff(self._draw)
        refusals = 0
        while True:
            try:
                await self._destination.send(records)
            except NotNow as why:
                event, reason = "forward.not_now", str(why)
            except Refused as why:
                event, reason = "forward.refused", str(why)
                if len(records) > 1:
                    middle = len(records) // 2
                    await self._send(shard, records[:middle])
                    await self._send(shard, records[middle:])
                    return
                refusals += 1
            else:
                await self._group.acknowledge(shard, [record.position for record in records])
                return
            if refusals == TRIES:
                await self._give_up(shard, records[0].position, records[0].line, reason)
                return
            pause = backoff()
            about = {"shard": shard, "position": records[0].position, "records": len(records)}
            _log.warning(event, **about, reason=reason, in_seconds=round(pause, 1))
            await self._rest(pause)

    async def _give_up(self, shard: int, position: str, line: bytes, reason: str) -> None:
        at = timestamp(self._now())
        await self._dead.put(shard, position, line, reason=reason, at=at)
        await self._group.acknowledge(shard, [position])
        _log.error("forward.given_up", shard=shard, position=position, reason=reason)
