"""Puts into the streams what processes that died had spooled (`spool`), before anything else.

The records go where they belong: into their own writer's chain, which has room for nothing else.
Where another gateway took that writer for dead meanwhile, its chain takes nothing more. Then they
go on record in this writer's chain (`anew`).
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog

from gateway.audit.writing.anew import Anew
from gateway.audit.writing.sink import CLOSED, Batch, Sink
from gateway.audit.writing.spool import Unreadable, done_with, left, taken
from gateway.audit.writing.writers import Writers

_log = structlog.get_logger()


class Recovery:
    """Of the spools in `folder`: those of processes that live are left alone.

    Args:
        sink: appends to the chains of those who died; no other may use it.
        writers: knows what these chains hold.
        anew: puts on record what these take no more.
    """

    def __init__(self, folder: Path, sink: Sink, writers: Writers, anew: Anew) -> None:
        self._folder = folder
        self._sink = sink
        self._writers = writers
        self._anew = anew
        self._turn = asyncio.Lock()

    async def recover(self) -> None:
        """Put all that was left into the streams; a file goes when they have what it held.

        Raises:
            StoreAway: not all could be put there; the next time goes on.
        """
        async with self._turn:
            for path in self._paths():
                try:
                    with taken(path) as file:
                        if file is not None:
                            await self._put(path, file)
                except OSError as fault:
                    _log.error("audit.spool_unreadable", file=str(path), error=str(fault))

    async def aclose(self) -> None:
        """Let go of the sink."""
        await self._sink.aclose()

    def _paths(self) -> list[Path]:
        """Give the files, last those whose records were being put elsewhere.

        Who died doing that may have spooled some of them: its own file says so first.
        """
        return sorted(self._folder.glob("*.spool"), key=lambda path: (self._anew.began(path), path))

    async def _put(self, path: Path, file: int) -> None:
        batches, count, unreadable, into_ours = left(file), 0, "", False
        while True:
            try:
                batch = await asyncio.to_thread(next, batches, None)
            except Unreadable as fault:
                unreadable = str(fault)
                break
            if batch is None:
                break
            if into_ours or not await self._appended(batch):
                if not into_ours:
                    await self._anew.begin(path, batch.shard)
                    into_ours = True
                held = await self._writers.held(batch.shard, batch.writer)
                await self._anew.put(batch, after=held)
            count += len(batch.lines)
        if into_ours:
            await self._anew.end()
        kept = done_with(path, whole=not unreadable)
        self._anew.forget(path)
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
