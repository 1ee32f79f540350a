"""While the store is away records are durable on disk, and reach it once and in order."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit.record import Kind
from gateway.audit.writing import lane, spool, spooling
from gateway.audit.writing.emitter import Emitter
from gateway.audit.writing.lane import Lane
from gateway.audit.writing.redis_sink import RedisSink
from gateway.audit.writing.sink import CLOSED, Batch
from gateway.audit.writing.spooling import SpoolingSink
from gateway.errors import StoreAway
from gateway.store.client import Store, connect
from tests.audit.fates import Fate, Shard, never_closed, never_lost
from tests.audit.support import KEY, a_record, new_ids, records
from tests.servers import StoreServer


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    for each in (lane, spooling):
        monkeypatch.setattr(each, "SHORTEST_PAUSE", 0)


@asynccontextmanager
async def spooling_to(
    url: str, folder: Path, *, wait: float = 2.0
) -> AsyncIterator[tuple[Emitter, Store]]:
    store = replace(await connect(url, timeout=5), timeout=wait)
    sink = SpoolingSink(RedisSink(store), folder, wait / 2)
    emitter = Emitter(sink, new_ids(), KEY.sign, wait=wait)
    try:
        yield emitter, store
    finally:
        await emitter.aclose()
        await store.aclose()


def on_disk(folder: Path) -> bytes:
    return b"".join(each.read_bytes() for each in folder.iterdir())


async def passed_on(emitter: Emitter) -> None:
    """Wait until the streams have all; checking makes no difference but to what is said."""
    async with asyncio.timeout(10):
        while emitter.spooled or emitter.away:
            emitter.check()
            await emitter.drain(10)
            await asyncio.sleep(0.01)


@settings(max_examples=60, deadline=None)
@given(
    fates=st.lists(st.sampled_from(Fate), max_size=12),
    bursts=st.lists(st.integers(1, 7), min_size=1, max_size=6),
    longest=st.integers(1, 4),
)
def test_every_record_arrives_once_and_in_order(
    fates: list[Fate], bursts: list[int], longest: int
) -> None:
    async def run(folder: Path) -> None:
        shard, told = Shard(fates), list[int]()
        sink = SpoolingSink(shard, folder, 5)
        way = Lane(0, "w", sink, 5, never_lost, never_closed, KEY.sign)

        def tell(seq: int, away: StoreAway | None) -> None:
            assert away is None
            told.append(seq)

        for burst in bursts:
            for _ in range(burst):
                seq = way.put(a_record("x"))
                way.then(seq, partial(tell, seq))
            await way.idle()
        while sink.spooled(0) or way.pending:
            way.check()
            await way.idle()
            await asyncio.sleep(0)
        assert told == list(range(1, sum(bursts) + 1))
        assert [b'"seq":%d' % seq in entry for seq, entry in enumerate(shard.held, 1)] == [
            True
        ] * sum(bursts)
        await way.stop()
        await sink.aclose()
        assert on_disk(folder) == b""

    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(lane, "LONGEST_BATCH", longest)
        asyncio.run(run(Path(folder)))


async def test_records_are_durable_while_the_store_is_gone_and_follow_in_order(
    store_server: StoreServer, tmp_path: Path
) -> None:
    async with spooling_to(store_server.url, tmp_path) as (emitter, _):
        await emitter.commit(a_record("1"))
        store_server.kill()
        for name in ("2", "3", "4"):
            await emitter.commit(a_record(name))
            assert b'"id":"%b"' % name.encode() in on_disk(tmp_path)
        assert emitter.away
        assert (emitter.spooled, emitter.pending) == (3, 0)
        assert await emitter.checkpoint() == []
        store_server.start()
        await passed_on(emitter)
        await emitter.commit(a_record("5"))
        assert on_disk(tmp_path) == b""
        assert len(await emitter.checkpoint()) == 1
    held = await records(store_server.url)
    assert [record.id for record in held][:5] == ["1", "2", "3", "4", "5"]
    assert [record.seq for record in held] == [1, 2, 3, 4, 5, 6]


async def test_a_silent_store_is_waited_for_by_half(
    store_server: StoreServer, tmp_path: Path
) -> None:
    async with spooling_to(store_server.url, tmp_path, wait=0.4) as (emitter, _):
        await emitter.commit(a_record("1"))
        blocker = await connect(store_server.url, timeout=5)
        await blocker.redis.client_pause(700)
        await emitter.commit(a_record("2"))
        assert emitter.spooled == 1
        await passed_on(emitter)
        await blocker.aclose()
    assert [record.id for record in await records(store_server.url)] == ["1", "2"]


async def test_a_full_spool_is_no_place_for_a_record(
    store_server: StoreServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "LIMIT", 1000)
    async with spooling_to(store_server.url, tmp_path, wait=0.3) as (emitter, _):
        store_server.kill()
        await emitter.commit(a_record("1"))
        with pytest.raises(StoreAway, match="audit_away"):
            await emitter.commit(a_record("2" * 1000))
        emitter.emit(a_record("3", Kind.REQUEST_OUTCOME))
        store_server.start()
        await passed_on(emitter)
    assert [r.id for r in await records(store_server.url)] == ["1", "2" * 1000, "3"]


async def test_what_the_store_forgot_is_written_again_before_what_is_spooled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane, "KEPT_BYTES", 2000)
    shard = Shard([])
    sink = SpoolingSink(shard, tmp_path, 5)
    way = Lane(0, "w", sink, 5, never_lost, never_closed, KEY.sign)
    for _ in range(3):
        way.put(a_record("x"))
    await way.idle()
    shard._fates = iter([Fate.NEVER_ARRIVED] * 30)
    for _ in range(30):
        await way.written(way.put(a_record("x")))
    shard.held.clear()
    shard.last = 0
    shard._fates = iter([])
    while sink.spooled(0) or way.pending:
        way.check()
        await way.idle()
        await asyncio.sleep(0)
    assert len(shard.held) == 33
    await way.stop()
    await sink.aclose()


async def test_who_was_taken_for_dead_hears_of_it_and_what_is_spooled_stays(
    tmp_path: Path,
) -> None:
    class Closing(Shard):
        closed = False

        async def append(self, batch: Batch) -> int:
            return CLOSED if self.closed else await super().append(batch)

    shard, over = Closing([Fate.NEVER_ARRIVED] * 3), asyncio.Event()
    sink = SpoolingSink(shard, tmp_path, 5)
    way = Lane(0, "w", sink, 5, never_lost, over.set, KEY.sign)
    await way.written(way.put(a_record("1")))
    shard.closed = True
    async with asyncio.timeout(5):
        while not over.is_set():
            way.check()
            await asyncio.sleep(0)
    await way.stop()
    await sink.aclose()
    assert b'"id":"1"' in on_disk(tmp_path)
