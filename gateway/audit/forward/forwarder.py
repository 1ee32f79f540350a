"""The life of a forwarder: get the lease, deliver while it holds, and give it back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from gateway.audit.forward.deliver import Delivery
from gateway.audit.forward.group import Group
from gateway.audit.forward.pace import Backoff, Rest, Stopping
from gateway.audit.reading.lag import Lag
from gateway.errors import StoreAway
from gateway.store.lease import Lease
from gateway.tasks import end

BATCH = 256
"""Records that are delivered together, and that are in memory at a time."""
_IDLE = 0.25
"""Seconds between looks at streams in which nothing was new."""
_STANDBY = 2.0
"""Seconds between looks whether another forwarder of this name is gone."""
_TELL_EVERY = 60.0
"""Seconds between words in the log about what is not delivered yet."""

_log = structlog.get_logger("forward")


class Forwarder:
    """Delivers all shards' streams in turn, a batch of each.

    Args:
        lag: measures how far the delivery is behind.
        draw: gives a number from 0 to 1.
    """

    def __init__(
        self,
        group: Group,
        lease: Lease,
        delivery: Delivery,
        shards: int,
        *,
        lag: Callable[[], Awaitable[Lag]],
        rest: Rest,
        draw: Callable[[], float],
    ) -> None:
        self._group = group
        self._lease = lease
        self._delivery = delivery
        self._shards = range(shards)
        self._lag = lag
        self._rest = rest
        self._draw = draw

    async def run(self) -> None:
        """Go on until told to stop: what is being sent then is finished."""
        with suppress(Stopping):
            while True:
                await self._stand_by()
                await self._hold()
        _log.info("forward.stopped")

    async def _stand_by(self) -> None:
        """Return when the lease is here."""
        backoff = Backoff(self._draw)
        told = ""
        while True:
            try:
                holder = await self._lease.take()
            except StoreAway as away:
                await self._store_away(away, backoff)
                continue
            if not holder:
                return
            if holder != told:
                _log.info("forward.standing_by", holder=holder)
                told = holder
            await self._rest(_STANDBY)

    async def _hold(self) -> None:
        """Deliver until the lease is lost."""
        _log.info("forward.delivering")
        tasks = [
            asyncio.create_task(task, name=name)
            for name, task in (
                ("delivering", self._deliver()),
                ("lease", self._lease.keep()),
                ("lag", self._tell()),
            )
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            _log.warning("forward.lease_lost")
        finally:
            for task in tasks:
                if not task.done():
                    await end(task)
            with suppress(StoreAway):
                await self._lease.give_back()

    async def _deliver(self) -> None:
        backoff = Backoff(self._draw)
        while True:
            try:
                for shard in self._shards:
                    await self._group.join(shard)
                while True:
                    busy = await self._deliver_some()
                    backoff.reset()
                    await self._rest(0 if busy else _IDLE)
            except StoreAway as away:
                await self._store_away(away, backoff)

    async def _deliver_some(self) -> bool:
        """Deliver a batch of each shard; say whether there was anything."""
        busy = False
        for shard in self._shards:
            if entries := await self._group.next(shard, BATCH):
                await self._delivery.deliver(shard, entries)
                await self._rest(0)
                busy = True
        return busy

    async def _store_away(self, away: StoreAway, backoff: Backoff) -> None:
        pause = backoff()
        _log.warning("forward.store_away", detail=away.detail, in_seconds=round(pause, 1))
        await self._rest(pause)

    async def _tell(self) -> None:
        while True:
            with suppress(StoreAway):
                lag = await self._lag()
                _log.info("forward.lag", records=lag.records, oldest_seconds=round(lag.seconds))
            await asyncio.sleep(_TELL_EVERY)
