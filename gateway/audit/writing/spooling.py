"""A sink that goes on while the store is away: what cannot be appended waits on the local disk.

A record is durable there as it is in the store, so requests need not wait. When the store is back,
all that waits goes out first and in its order; the store knows by seq what it has, so an append
whose fate is unknown is no second record. Nothing passes what waits.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog

from gateway.audit.writing.sink import CLOSED, Batch, Sink
from gateway.audit.writing.spool import Spool
from gateway.errors import StoreAway
from gateway.tasks import end

SHORTEST_PAUSE, LONGEST_PAUSE = 0.02, 0.5
"""Seconds between tries while the store is away."""

_log = structlog.get_logger()


class SpoolingSink:
    """Appends to `sink`, or to files in `folder` for as long as that is away.

    For one writer: batches of a shard come in order, one at a time.

    Args:
        patience: seconds that `sink` has for an append, before it counts as away.
    """

    def __init__(self, sink: Sink, folder: Path, patience: float) -> None:
        self._sink = sink
        self._folder = folder
        self._patience = patience
        self._shards: dict[int, _Shard] = {}

    def spooled(self, shard: int) -> int:
        """As `Sink.spooled`."""
        kept = self._shards.get(shard)
        return kept.spool.held if kept else 0

    async def append(self, batch: Batch) -> int:
        """As `Sink.append`; what is spooled counts as held.

        Raises:
            StoreAway: the store is away, and nothing can be kept here either.
        """
        shard = self._shards.get(batch.shard)
        if shard is None:
            spool = Spool(self._folder, batch.writer, batch.shard)
            shard = self._shards[batch.shard] = _Shard(self._sink, spool, self._patience)
        return await shard.append(batch)

    async def aclose(self) -> None:
        """As `Sink.aclose`; what is spooled stays there for who starts next."""
        for shard in self._shards.values():
            await shard.aclose()
        await self._sink.aclose()


class _Shard:
    """One shard's spool, and the way out of it.

    `_said` is what the store says of the writer when what is spooled cannot follow there: it took
    the writer for dead, or forgot what was before. The writer's lane is told so (`Sink.append`),
    and writes what was forgotten again, with all that came after it.
    """

    def __init__(self, sink: Sink, spool: Spool, patience: float) -> None:
        self.spool = spool
        self._sink = sink
        self._patience = patience
        self._said: int | None = None
        self._turn = asyncio.Lock()
        self._passing_on: asyncio.Task[None] | None = None

    async def append(self, batch: Batch) -> int:
        async with self._turn:
            if self._said == CLOSED:
                return CLOSED
            if self._said is not None:
                said, self._said = self._said, None
                return said
            if not self.spool.held:
                try:
                    return await self._through(batch)
                except StoreAway as away:
                    if not batch.lines:
                        raise
                    _log.warning("audit.spooling", shard=batch.shard, reason=away.detail)
            elif batch.lines and batch.first <= self.spool.last:
                return await self._again(batch)
            if batch.lines:
                await asyncio.to_thread(self.spool.append, batch)
                if self._passing_on is None:
                    self._passing_on = asyncio.create_task(self._pass_on(), name="spool")
            return self.spool.last

    async def aclose(self) -> None:
        if self._passing_on is not None:
            await end(self._passing_on)
        self.spool.close()

    async def _through(self, batch: Batch) -> int:
        try:
            async with asyncio.timeout(self._patience):
                return await self._sink.append(batch)
        except TimeoutError as late:
            raise StoreAway(
                "store_slow", f"The store did not answer within {self._patience:g} seconds."
            ) from late

    async def _again(self, batch: Batch) -> int:
        """Append what the store forgot; when it has all that is spooled too, nothing is."""
        held = await self._through(batch)
        if held >= self.spool.last:
            self.spool.clear()
        return held

    async def _pass_on(self) -> None:
        """Give the store what is spooled, as soon as it takes it."""
        pause, count = SHORTEST_PAUSE, 0
        while True:
            try:
                batch = await asyncio.to_thread(self.spool.head)
                held = await self._through(batch)
            except Exception as fault:  # noqa: BLE001 - no fault may end this: the records wait
                if not isinstance(fault, StoreAway):
                    _log.error("audit.not_passed_on", exc_info=fault)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            pause, count = SHORTEST_PAUSE, count + len(batch.lines)
            async with self._turn:
                if held < batch.after:
                    self._said = held
                else:
                    self.spool.pass_on()
                if self._said is not None or not self.spool.held:
                    self._passing_on = None
                    _log.info("audit.passed_on", shard=batch.shard, records=count)
                    return
