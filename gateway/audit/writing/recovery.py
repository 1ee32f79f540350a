"""Puts into the streams what processes that died had spooled (`spool`), before anything else.

The records go where they belong: into their own writer's chain, which has room for nothing else.
Where another gateway took that writer for dead meanwhile, its chain takes nothing more. Then they
go on record in this writer's chain, as they are but for their place, and `recovered` says whose
they were.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog

from gateway.audit.ids import Ids
from gateway.audit.record import Kind, Record
from gateway.audit.writing.closing import decoded, unknown
from gateway.audit.writing.emitter import Emitter
from gateway.audit.writing.sink import CLOSED, Batch, Sink
from gateway.audit.writing.spool import Unreadable, done_with, left, taken
from gateway.audit.writing.writers import Writers

_log = structlog.get_logger()


class Recovery:
    """Of the spools in `folder`: those of processes that live are left alone.

    Args:
        sink: appends to the chains of those who died; no other may use it.
        writers: knows what these chains hold.
        emitter: puts on record what these take no more.
    """

    def __init__(
        self, folder: Path, sink: Sink, writers: Writers, emitter: Emitter, ids: Ids
    ) -> None:
        self._folder = folder
        self._sink = sink
        self._writers = writers
        self._emitter = emitter
        self._ids = ids
        self._turn = asyncio.Lock()

    async def recover(self) -> None:
        """Put all that was left into the streams; a file goes when they have what it held.

        Raises:
            StoreAway: not all could be put there; the next time goes on.
        """
        async with self._turn:
            for path in sorted(self._folder.glob("*.spool")):
                try:
                    with taken(path) as file:
                        if file is not None:
                            await self._put(path, file)
                except OSError as fault:
                    _log.error("audit.spool_unreadable", file=str(path), error=str(fault))

    async def aclose(self) -> None:
        """Let go of the sink."""
        await self._sink.aclose()

    async def _put(self, path: Path, file: int) -> None:
        anew = _Anew(self._emitter, self._ids)
        batches, count, unreadable = left(file), 0, ""
        while True:
            try:
                batch = await asyncio.to_thread(next, batches, None)
            except Unreadable as fault:
                unreadable = str(fault)
                break
            if batch is None:
                break
            if anew.begun or not await self._appended(batch):
                held = await self._writers.held(batch.shard, batch.writer)
                await anew.put(batch, after=held)
            count += len(batch.lines)
        await anew.end()
        kept = done_with(path, whole=not unreadable)
        if kept is not None:
            _log.error("audit.spool_unreadable", file=str(kept), error=unreadable)
        _log.warning("audit.recovered", file=str(path), records=count)

    async def _appended(self, batch: Batch) -> bool:
        """Whether its chain took it, with a gap where the store forgot what was before."""
        held = await self._sink.append(batch)
        if held != CLOSED and held < batch.after:
            _log.error("audit_store_forgot", shard=batch.shard, held=held, again_from=batch.first)
            held = await self._sink.append(batch._replace(after=held))
        return held != CLOSED


class _Anew:
    """Puts records of a chain that takes no more into this gateway's own."""

    def __init__(self, emitter: Emitter, ids: Ids) -> None:
        self.begun = False
        self._emitter = emitter
        self._ids = ids
        self._open: dict[str, tuple[int, Record]] = {}

    async def put(self, batch: Batch, after: int) -> None:
        """Put these on record, durably, less those that the other chain has: up to `after`.

        What was signed was said of the other chain: it is left.
        """
        self.begun = True
        for line in batch.lines[max(0, after + 1 - batch.first) :]:
            record = decoded(line)
            if record is None or record.signature:
                _log.error("audit.not_recovered", line=line.decode("ascii", "replace"))
                continue
            record.recovered = (record.writer, record.seq)
            self._emitter.emit_in(batch.shard, record)
            if record.kind is Kind.REQUEST_INTENT:
                self._open[record.request] = batch.shard, record
            elif record.kind is Kind.REQUEST_OUTCOME:
                self._open.pop(record.request, None)
        await self._emitter.written(batch.shard)

    async def end(self) -> None:
        """Close what is left open: nobody else knows of it."""
        for shard, intent in self._open.values():
            self._emitter.emit_in(shard, unknown(intent, self._ids))
            await self._emitter.written(shard)
