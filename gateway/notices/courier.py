"""Brings the notices of one way to people: one process at a time, each notice at least once.

What is not taken is tried again, after pauses that grow. A server that is away holds nothing else
up, and loses nothing for `GIVE_UP_MS`. A courier that is killed leaves what it was sending in the
outbox: the next one sends it again, and it is the same mail, by its `Message-ID`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import structlog

from gateway.audit.forward.pace import Backoff, Rest, Stopping
from gateway.errors import StoreAway
from gateway.notices.item import WayName
from gateway.notices.outbox import Outbox, Waiting
from gateway.notices.way import Away, Later, Never, Way
from gateway.store.lease import Lease
from gateway.tasks import end

GIVE_UP_MS: Final = 24 * 3_600_000
"""How long a notice is tried."""
BATCH: Final = 20
"""Deliveries that are in memory at a time."""
LONGEST_PAUSE: Final = 300.0
"""Seconds after which one that was not taken is tried again, at most."""
_IDLE: Final = 0.5
"""Seconds between looks whether something is due."""
_STANDBY: Final = 2.0
"""Seconds between looks whether another courier is gone."""
_STOP: Final = 5.0
"""Seconds that what is being sent has to be confirmed when the courier stops."""

_log = structlog.get_logger("notices")


class Courier:
    """Delivers while it is the one that does.

    Args:
        draw: gives a number from 0 to 1.
        now: the wall clock in milliseconds.
    """

    def __init__(
        self,
        name: WayName,
        way: Way,
        outbox: Outbox,
        lease: Lease,
        draw: Callable[[], float],
        now: Callable[[], int],
    ) -> None:
        self._name: WayName = name
        self._way = way
        self._outbox = outbox
        self._lease = lease
        self._draw = draw
        self._now = now
        self._stop = asyncio.Event()
        self._rest = Rest(self._stop)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name=f"notices by {self._name}")

    async def stop(self) -> None:
        """Send no more; what is being sent has a moment to be confirmed."""
        self._stop.set()
        if self._task is not None:
            await asyncio.wait((self._task,), timeout=_STOP)
            await end(self._task)

    async def _run(self) -> None:
        backoff = Backoff(self._draw)
        with suppress(Stopping):
            while True:
                try:
                    if not await self._lease.take():
                        await self._hold()
                    backoff.reset()
                    await self._rest(_STANDBY)
                except StoreAway as away:
                    _log.warning("notices.store_away", way=self._name, detail=away.detail)
                    await self._rest(backoff())
                except Stopping:
                    raise
                except Exception:  # noqa: BLE001 - what is not delivered waits
                    _log.exception("notices.failed", way=self._name)
                    await self._rest(backoff())

    async def _hold(self) -> None:
        """Deliver until the lease is lost."""
        delivering = asyncio.create_task(self._deliver(), name="delivering")
        keeping = asyncio.create_task(self._lease.keep(), name="lease")
        try:
            done, _ = await asyncio.wait((delivering, keeping), return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (delivering, keeping):
                if not task.done():
                    await end(task)
            await self._way.rest()
            with suppress(StoreAway):
                await self._lease.give_back()

    async def _deliver(self) -> None:
        backoff = Backoff(self._draw)
        while True:
            due = await self._outbox.due(self._name, self._now(), BATCH)
            pause = _IDLE
            for number, waiting in enumerate(due, 1):
                try:
                    await self._one(waiting)
                except Away as away:
                    pause = backoff()
                    _log.warning("notices.away", way=self._name, why=str(away), in_seconds=pause)
                    await self._expire(due[number:], str(away))
                    break
                backoff.reset()
                await self._rest(0)
            if len(due) < BATCH:
                await self._way.rest()
            await self._rest(pause)

    async def _one(self, waiting: Waiting) -> None:
        """Deliver one, put it off or give it up.

        Raises:
            Away: it is put off, and no other would be taken.
        """
        try:
            await self._way.send(waiting.item)
        except Never as why:
            await self._give_up(waiting, str(why))
        except Exception as why:
            if not isinstance(why, Away | Later):  # our own fault: it holds up no other
                _log.exception("notice.failed", way=self._name, notice=waiting.item.notice.id)
            if self._now() - waiting.since >= GIVE_UP_MS:
                await self._give_up(waiting, str(why) or repr(why))
            else:
                pause = min(2.0 ** min(waiting.tries, 20), LONGEST_PAUSE)
                at = self._now() + int(1000 * pause * (0.5 + self._draw() / 2))
                await self._outbox.later(waiting, at)
            if isinstance(why, Away):
                raise
        else:
            await self._outbox.delivered(waiting)

    async def _expire(self, due: Sequence[Waiting], why: str) -> None:
        for waiting in due:
            if self._now() - waiting.since >= GIVE_UP_MS:
                await self._give_up(waiting, why)

    async def _give_up(self, waiting: Waiting, why: str) -> None:
        await self._outbox.give_up(waiting, why, self._now())
        notice = waiting.item.notice
        _log.error("notice.dead", way=self._name, notice=notice.id, kind=notice.kind, why=why)
