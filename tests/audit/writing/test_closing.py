"""Requests of writers that died are closed as unknown, once, whoever looks and whoever dies."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from gateway.audit.record import Kind, Record, timestamp
from gateway.audit.writing.closing import Closer
from gateway.audit.writing.emitter import Emitter
from gateway.audit.writing.pulse import Pulse
from gateway.audit.writing.redis_sink import RedisSink
from gateway.audit.writing.sink import Batch
from gateway.audit.writing.writers import Writers
from gateway.errors import StoreAway
from gateway.model import Actor
from gateway.store.client import Store
from tests.audit.support import emitting, new_ids, records
from tests.servers import StoreServer

ADA = Actor(id="ada", name="Ada", email="", profile="")


@dataclass
class Worker:
    """A gateway as far as records go. Without beats it is as good as dead."""

    store: Store
    emitter: Emitter
    pulse: Pulse
    closer: Closer

    async def intend(self, *requests: str) -> None:
        for request in requests:
            await self.emitter.commit(a_request(Kind.REQUEST_INTENT, request))

    async def conclude(self, *requests: str) -> None:
        for request in requests:
            await self.emitter.commit(a_request(Kind.REQUEST_OUTCOME, request, status=200))

    async def looks(self, times: int) -> None:
        for _ in range(times):
            await self.closer.look()
            await self.emitter.drain(5)


def a_request(kind: Kind, request: str, status: int = 0) -> Record:
    return Record(
        id=f"{kind} {request}",
        kind=kind,
        at=timestamp(0),
        request=request,
        session=request[:1],
        actor=ADA,
        target=f"/{request}",
        status=status,
    )


@asynccontextmanager
async def worker(url: str, *, shards: int = 1, patience: int = 2) -> AsyncIterator[Worker]:
    async with emitting(url, shards=shards) as (emitter, store):
        writers = Writers(store)
        closer = Closer(store, writers, emitter, new_ids(), shards=shards, patience=patience)
        one = Worker(store, emitter, Pulse(writers, emitter, shards), closer)
        await one.pulse.beat()
        yield one


async def outcomes(url: str, shards: int = 1) -> dict[str, list[str]]:
    """By request, the writer and the reason of each outcome on record."""
    found: dict[str, list[str]] = {}
    for record in await records(url, shards):
        if record.kind is Kind.REQUEST_OUTCOME:
            found.setdefault(record.request, []).append(record.reason)
    return found


@pytest.mark.threat(53)
async def test_threat_53_what_a_dead_writer_left_open_is_closed_as_unknown(store_url: str) -> None:
    async with worker(store_url, shards=3) as alive:
        async with worker(store_url, shards=3) as dead:
            await dead.intend("a1", "b1", "c1", "c2", "d1")
            await dead.conclude("b1", "c2")
            await alive.intend("e1")
        await alive.looks(1)
        assert await outcomes(store_url, 3) == {"b1": [""], "c2": [""]}
        await alive.looks(3)
        assert await outcomes(store_url, 3) == {
            "b1": [""],
            "c2": [""],
            "a1": ["unknown"],
            "c1": ["unknown"],
            "d1": ["unknown"],
        }
        closed = [r for r in await records(store_url, 3) if r.reason == "unknown"]
        assert {record.writer for record in closed} == {alive.emitter.writer}
        assert {(r.actor, r.status, r.complete) for r in closed} == {(ADA, 0, False)}
        assert sorted(r.target for r in closed) == ["/a1", "/c1", "/d1"]
        said = [await Writers(alive.store).all(shard) for shard in range(3)]
        assert [set(each) for each in said] == [{alive.emitter.writer}] * 3


@pytest.mark.threat(53)
async def test_threat_53_one_whose_process_was_seen_to_end_needs_no_patience(
    store_url: str,
) -> None:
    async with worker(store_url, patience=100) as alive:
        async with worker(store_url) as dead, worker(store_url) as silent:
            await dead.intend("1")
            await silent.intend("2")
        alive.closer.have_ended([dead.emitter.writer])
        await asyncio.gather(*(alive.looks(1) for _ in range(3)))
        assert await outcomes(store_url) == {"1": ["unknown"]}


@pytest.mark.threat(53)
async def test_threat_53_of_many_who_look_one_closes(store_url: str) -> None:
    async with AsyncExitStack() as stack:
        async with worker(store_url) as dead:
            await dead.intend(*map(str, range(20)))
        workers = [await stack.enter_async_context(worker(store_url)) for _ in range(4)]
        for _ in range(4):
            for each in workers:
                await each.pulse.beat()
            await asyncio.gather(*(each.looks(1) for each in workers))
        assert await outcomes(store_url) == {str(n): ["unknown"] for n in range(20)}


@pytest.mark.threat(53)
async def test_threat_53_who_dies_while_closing_is_followed_by_another(store_url: str) -> None:
    async with worker(store_url) as last:
        async with worker(store_url) as dead:
            await dead.intend("1", "2")
        async with worker(store_url) as closer:
            await closer.closer.look()
            await closer.intend("3")
            await last.pulse.beat()
            await closer.closer.look()  # says what became of them, and does not see it written
            await closer.emitter.drain(5)
        await last.looks(5)
        assert await outcomes(store_url) == {each: ["unknown"] for each in "123"}
        assert set(await Writers(last.store).all(0)) == {last.emitter.writer}


@pytest.mark.threat(53)
async def test_threat_53_who_waits_for_the_stream_does_not_say_it_again(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with worker(store_url) as alive:
        async with worker(store_url) as dead:
            await dead.intend("1", "2")
        free, append = asyncio.Event(), RedisSink.append

        async def late(sink: RedisSink, batch: Batch) -> int:
            await free.wait()
            return await append(sink, batch)

        monkeypatch.setattr(RedisSink, "append", late)
        for _ in range(4):
            await alive.closer.look()
        free.set()
        await alive.emitter.drain(5)
        await alive.looks(1)
        assert await outcomes(store_url) == {"1": ["unknown"], "2": ["unknown"]}


@pytest.mark.threat(53)
async def test_threat_53_a_writer_that_was_only_slow_writes_no_more(store_url: str) -> None:
    async with worker(store_url) as slow, worker(store_url) as other:
        await slow.intend("1")
        await other.looks(3)
        slow.emitter.emit(a_request(Kind.REQUEST_OUTCOME, "1", status=200))
        await slow.emitter.taken_for_dead.wait()
        with pytest.raises(StoreAway, match="writer_closed"):
            await slow.intend("2")
        await slow.pulse.beat()
        with pytest.raises(StoreAway, match="writer_closed"):
            await slow.conclude("1")
        assert await outcomes(store_url) == {"1": ["unknown"]}
        assert set(await Writers(other.store).all(0)) == {other.emitter.writer}


@pytest.mark.threat(53)
async def test_threat_53_a_quiet_slow_writer_finds_out_too(store_url: str) -> None:
    async with worker(store_url) as slow, worker(store_url) as other:
        await slow.intend("1")
        await other.looks(3)
        slow.emitter.check()
        await slow.emitter.taken_for_dead.wait()


async def test_who_beats_is_not_closed_and_who_stopped_is_forgotten(store_url: str) -> None:
    async with worker(store_url) as one, worker(store_url) as other:
        await one.intend("1")
        for _ in range(5):
            await one.pulse.beat()
            await other.looks(1)
        assert await outcomes(store_url) == {}
        await one.conclude("1")
        await one.pulse.stop()
        assert set(await Writers(other.store).all(0)) == {other.emitter.writer}


async def test_nobody_is_dead_because_the_store_was_away(store_server: StoreServer) -> None:
    async with (
        worker(store_server.url, patience=3) as one,
        worker(store_server.url, patience=3) as other,
    ):
        await one.intend("1")
        await other.looks(2)
        store_server.kill()
        with pytest.raises(StoreAway):
            await other.closer.look()
        store_server.start()
        await other.looks(2)
        assert await outcomes(store_server.url) == {}


async def test_only_what_may_be_open_is_read(store_url: str) -> None:
    async with worker(store_url) as dead:
        await dead.intend("old")
        await dead.conclude("old")
        for _ in range(2):
            await dead.pulse.beat()
        after = [record.request for record in await records(store_url)]
        await dead.intend("new")
        said = (await Writers(dead.store).all(0))[dead.emitter.writer]
        read: Any = await dead.store.redis.xrange("gateway:audit:0", min=f"({said.position}")
        assert len(read) == 1
        assert Counter(after) == {"old": 2}
