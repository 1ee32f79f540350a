"""Puts records of a chain that takes no more into this gateway's own, each once.

They are as they were but for their place, and `recovered` says whose they were. Who begins leaves
beside the spool where the stream ended then (`{writer}.{shard}.anew`). So whoever has to begin
again, because this process died or was stopped in the middle, looks behind that place for what is
there.
"""

from __future__ import annotations

import os
from pathlib import Path

import structlog

from gateway.audit.ids import Ids
from gateway.audit.reading.reader import read_shard
from gateway.audit.record import Kind, Record
from gateway.audit.writing.closing import decoded, unknown
from gateway.audit.writing.emitter import Emitter
from gateway.audit.writing.sink import Batch
from gateway.audit.writing.writers import Writers
from gateway.durable import append, sync
from gateway.store.client import Store

_RECOVERED, _OUTCOME = b'"recovered"', b'"request.outcome"'
_log = structlog.get_logger()


class Anew:
    """What this process puts on record for others, and what it knows to be there.

    Args:
        emitter: of this gateway's own chains.
    """

    def __init__(self, store: Store, writers: Writers, emitter: Emitter, ids: Ids) -> None:
        self._store = store
        self._writers = writers
        self._emitter = emitter
        self._ids = ids
        self._there: set[tuple[str, int]] = set()
        self._closed: set[str] = set()
        self._open: dict[str, tuple[int, Record]] = {}

    def began(self, path: Path) -> bool:
        """Whether somebody began to put a spool's records elsewhere."""
        return _beside(path).exists()

    async def begin(self, path: Path, shard: int) -> None:
        """Get ready for the records of a spool.

        Raises:
            StoreAway: the store does not answer.
            OSError: it cannot be said beside the spool.
        """
        self._open.clear()
        if not self.began(path):
            _write(_beside(path), await self._writers.last(shard))
            return
        async for entry in read_shard(self._store, shard, _read(_beside(path))):
            if _RECOVERED in entry.line or _OUTCOME in entry.line:
                record = decoded(entry.line)
                if record is not None:
                    self._note(record)

    async def put(self, batch: Batch, after: int) -> None:
        """Put these on record, durably, less those that their own chain has: up to `after`.

        What was signed was said of the other chain: it is left.

        Raises:
            StoreAway: the store does not take them; they are on their way.
        """
        for line in batch.lines[max(0, after + 1 - batch.first) :]:
            record = decoded(line)
            if record is None or record.signature:
                _log.error("audit.not_recovered", line=line.decode("ascii", "replace"))
                continue
            if record.kind is Kind.REQUEST_INTENT:
                self._open[record.request] = batch.shard, record
            elif record.kind is Kind.REQUEST_OUTCOME:
                self._open.pop(record.request, None)
            record.recovered = record.recovered or (record.writer, record.seq)
            if record.recovered not in self._there:
                self._emitter.emit_in(batch.shard, record)
                self._note(record)
        await self._emitter.written(batch.shard)

    async def end(self) -> None:
        """Close what is left open: nobody else knows of it.

        Raises:
            StoreAway: as `put`.
        """
        for shard, intent in self._open.values():
            if intent.request not in self._closed:
                outcome = unknown(intent, self._ids)
                self._emitter.emit_in(shard, outcome)
                self._note(outcome)
            await self._emitter.written(shard)

    def forget(self, path: Path) -> None:
        """Say no more beside a spool that is gone."""
        _beside(path).unlink(missing_ok=True)

    def _note(self, record: Record) -> None:
        if record.recovered is not None:
            self._there.add(record.recovered)
        if record.kind is Kind.REQUEST_OUTCOME:
            self._closed.add(record.request)


def _beside(path: Path) -> Path:
    return path.with_suffix(".anew")


def _read(path: Path) -> str:
    """Where the stream ended; its beginning where that cannot be read."""
    position = path.read_text("ascii", "replace").strip()
    return position if position.replace("-", "", 1).isdecimal() else "0-0"


def _write(path: Path, position: str) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        append(file, position.encode())
    finally:
        os.close(file)
    sync(path.parent)
