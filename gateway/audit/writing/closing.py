"""Closes the requests of writers that died: their intents get an outcome, `unknown` (threat 53).

A writer is taken for dead when it was silent for some looks in a row. Looks are counted, not
seconds: while the store is away nobody can say that they live, and nobody looks either; and a
gateway that was itself stopped for a while does not count that time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import msgspec
import structlog

from gateway.audit.ids import Ids
from gateway.audit.reading.reader import read_shard
from gateway.audit.record import Kind, Record, timestamp
from gateway.audit.writing.emitter import Emitter
from gateway.audit.writing.writers import Said, Writers
from gateway.errors import StoreAway
from gateway.store.client import Store

_INTENT, _OUTCOME = b'"request.intent"', b'"request.outcome"'
_log = structlog.get_logger()


class Closer:
    """Looks after the writers of all streams, for the emitter's own.

    Args:
        patience: looks in a row without a beat; 1 where no other gateway can be alive.
    """

    def __init__(
        self,
        store: Store,
        writers: Writers,
        emitter: Emitter,
        ids: Ids,
        *,
        shards: int,
        patience: int,
    ) -> None:
        self._store = store
        self._writers = writers
        self._emitter = emitter
        self._ids = ids
        self._patience = patience
        self._silent: list[dict[str, tuple[Said, int]]] = [{} for _ in range(shards)]
        self._told: dict[tuple[int, str], set[str]] = {}
        self._ended: set[str] = set()
        self._looking = asyncio.Lock()

    def have_ended(self, writers: Iterable[str]) -> None:
        """Take the word of who saw these writers' processes end: they need no patience."""
        self._ended.update(writers)

    async def look(self) -> None:
        """Look once at each stream, and close what was left open.

        Raises:
            StoreAway: the store did not answer, or this writer was taken for dead itself.
        """
        async with self._looking:
            try:
                for shard in range(len(self._silent)):
                    await self._look_at(shard)
            except StoreAway:
                self._silent = [{} for _ in self._silent]
                raise

    async def _look_at(self, shard: int) -> None:
        before, said = self._silent[shard], await self._writers.all(shard)
        said.pop(self._emitter.writer, None)
        self._silent[shard] = {
            writer: (each, _looks(before.get(writer), each)) for writer, each in said.items()
        }
        for writer, (each, looks) in self._silent[shard].items():
            if self._is_dead(writer, each, looks, said):
                await self._close(shard, writer, each)

    def _is_dead(self, writer: str, said: Said, looks: int, others: dict[str, Said]) -> bool:
        """Whether nobody looks after it: no beat, or a claimer that cannot write any more."""
        if not said.claimer:
            return writer in self._ended or looks >= self._patience
        claimer = others.get(said.claimer)
        return claimer is None or bool(claimer.claimer)

    async def _close(self, shard: int, writer: str, said: Said) -> None:
        """Claim it and close its requests; when the stream has all their outcomes, forget it.

        So each request is closed once: an outcome that was told is not told again by this gateway,
        and another can only take over when the stream takes nothing more of this one.
        """
        last = await self._writers.claim(shard, writer, said, self._emitter.writer)
        if last is None:
            return
        left = await self._left(shard, writer, said.position, last)
        told = self._told.setdefault((shard, writer), set())
        for intent in left:
            if intent.request not in told:
                self._emitter.emit_in(shard, unknown(intent, self._ids))
                told.add(intent.request)
        if not left:
            claimed = said._replace(claimer=self._emitter.writer)
            await self._writers.remove(shard, writer, claimed)
            _log.warning("audit_writer_closed", writer=writer, shard=shard, requests=len(told))
            del self._told[shard, writer]

    async def _left(self, shard: int, writer: str, after: str, last: str) -> list[Record]:
        """The writer's intents that have no outcome, of the stream's entries `after` to `last`."""
        left: dict[str, Record] = {}
        async for entry in read_shard(self._store, shard, after):
            if _INTENT in entry.line or _OUTCOME in entry.line:
                record = decoded(entry.line)
                if record is None:
                    continue
                if record.kind is Kind.REQUEST_OUTCOME:
                    left.pop(record.request, None)
                elif record.kind is Kind.REQUEST_INTENT and record.writer == writer:
                    left[record.request] = record
            if entry.position == last:
                break
        return list(left.values())


def unknown(intent: Record, ids: Ids) -> Record:
    """The outcome of a request whose gateway ended before it could say one."""
    return Record(
        id=ids(),
        kind=Kind.REQUEST_OUTCOME,
        at=timestamp(ids.now()),
        request=intent.request,
        session=intent.session,
        site=intent.site,
        actor=intent.actor,
        subject=intent.subject,
        mode=intent.mode,
        method=intent.method,
        target=intent.target,
        shown=intent.shown,
        reason="unknown",
        detail="The gateway that carried it ended before it could say what became of it.",
        complete=False,
    )


def _looks(before: tuple[Said, int] | None, said: Said) -> int:
    """How many looks in a row found `said`, this one included."""
    return before[1] + 1 if before is not None and before[0] == said else 1


def decoded(line: bytes) -> Record | None:
    """The record of a line; None when no gateway wrote it, which `verify` tells."""
    try:
        return msgspec.json.decode(line, type=Record)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
