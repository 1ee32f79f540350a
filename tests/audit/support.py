"""Records by the hundred, and what became of each."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.ids import Ids
from gateway.audit.reading.reader import read
from gateway.audit.record import Kind, Record, timestamp
from gateway.audit.writing.emitter import Emitter
from gateway.audit.writing.redis_sink import RedisSink
from gateway.errors import StoreAway
from gateway.store.client import Store, connect

_processes = itertools.count(1)


KEY = Ed25519PrivateKey.generate()


def new_ids() -> Ids:
    """Ids as of another process."""
    return Ids(lambda: 1_795_319_163_123, next(_processes))


def a_record(name: str, kind: Kind = Kind.REQUEST_INTENT, session: str = "s1") -> Record:
    return Record(id=name, kind=kind, at=timestamp(1_795_319_163_123), session=session)


@asynccontextmanager
async def emitting(
    url: str,
    *,
    wait: float = 2.0,
    shards: int = 1,
    max_pending: int = 32 << 20,
    replicas: int = 0,
) -> AsyncIterator[tuple[Emitter, Store]]:
    """An emitter on the store at `url`; nothing is drained at the end."""
    store = replace(
        await connect(url, timeout=wait if replicas else 5, replicas=replicas), timeout=wait
    )
    emitter = Emitter(
        RedisSink(store),
        new_ids(),
        KEY.sign,
        shards=shards,
        wait=wait,
        max_pending=max_pending,
    )
    try:
        yield emitter, store
    finally:
        await emitter.aclose()
        await store.aclose()


async def records(url: str, shards: int = 1) -> list[Record]:
    """All records that the store at `url` holds now, in stream order."""
    store = await connect(url, timeout=5)
    try:
        return [msgspec.json.decode(entry.line, type=Record) async for entry in read(store, shards)]
    finally:
        await store.aclose()


class Load:
    """Sixteen requests at a time: intent committed, "forwarded", outcome emitted."""

    def __init__(self, emitter: Emitter, at_a_time: int = 16) -> None:
        self.forwarded: list[str] = []
        self.refused: list[str] = []
        self._emitter = emitter
        self._at_a_time = at_a_time
        self._names = map(str, itertools.count(1))
        self._moved = asyncio.Condition()
        self._ending = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Load]:
        async with asyncio.TaskGroup() as group:
            for _ in range(self._at_a_time):
                group.create_task(self._requests())
            try:
                yield self
            finally:
                self._ending = True

    async def forwards(self, more: int) -> None:
        """Return when `more` further requests were forwarded."""
        goal = len(self.forwarded) + more
        async with self._moved:
            await self._moved.wait_for(lambda: len(self.forwarded) >= goal)

    async def refuses(self, more: int) -> None:
        """Return when `more` further requests were refused."""
        goal = len(self.refused) + more
        async with self._moved:
            await self._moved.wait_for(lambda: len(self.refused) >= goal)

    async def _requests(self) -> None:
        while not self._ending:
            name = next(self._names)
            try:
                await self._emitter.commit(a_record(name))
            except StoreAway as refusal:
                self.refused.append(name)
                if refusal.code == "gateway_stopping":
                    return
            else:
                self.forwarded.append(name)
                self._emitter.emit(a_record(name + " out", Kind.REQUEST_OUTCOME))
            async with self._moved:
                self._moved.notify_all()

    def check(self, held: list[Record]) -> None:
        """Every request that was forwarded is on record, with its outcome; nothing is twice."""
        times = Counter(record.id for record in held)
        assert set(times.values()) <= {1}
        assert set(self.forwarded) <= times.keys()
        assert {name + " out" for name in self.forwarded} <= times.keys()
        assert set(self.refused) <= times.keys(), "what was tried is on record too"
        assert len(held) == 2 * len(self.forwarded) + len(self.refused)
        assert [record.seq for record in held] == list(range(1, len(held) + 1))
