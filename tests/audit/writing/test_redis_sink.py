"""The script keeps the promise of `Sink.append` on a real server."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit.reading.reader import read
from gateway.audit.writing.redis_sink import RedisSink
from gateway.audit.writing.sink import Batch
from gateway.errors import StoreAway
from gateway.store.client import Store, connect
from gateway.store.keys import audit_positions, audit_stream, audit_writers
from tests.servers import StoreServer


def a_batch(first: int, count: int, after: int | None = None) -> Batch:
    lines = [b"%d" % seq for seq in range(first, first + count)]
    return Batch(0, "w", first - 1 if after is None else after, first, lines)


async def stream(store: Store) -> list[int]:
    return [int(entry.line) async for entry in read(store, 1)]


async def test_a_batch_is_appended_once(store_url: str) -> None:
    store = await connect(store_url, timeout=2)
    sink = RedisSink(store)
    assert await sink.append(a_batch(1, 3)) == 3
    assert await sink.append(a_batch(1, 3)) == 3
    assert await sink.append(a_batch(1, 5)) == 5
    assert await sink.append(a_batch(2, 2)) == 5
    assert await stream(store) == [1, 2, 3, 4, 5]
    await sink.aclose()
    await store.aclose()


async def test_a_gap_is_told_and_nothing_is_appended(store_url: str) -> None:
    store = await connect(store_url, timeout=2)
    sink = RedisSink(store)
    assert await sink.append(a_batch(1, 2)) == 2
    assert await sink.append(a_batch(5, 2)) == 2
    assert await sink.append(a_batch(5, 2, after=2)) == 6
    assert await stream(store) == [1, 2, 5, 6]
    await sink.aclose()
    await store.aclose()


async def positions(store: Store, mark: str) -> list[int]:
    """The records that a list leads to."""
    redis: Any = store.redis
    found = []
    for position in await redis.lrange(audit_positions(0, mark), 0, -1):
        ((_, fields),) = await redis.xrange(audit_stream(0), position, position)
        found.append(int(fields[b"record"]))
    return found


async def test_each_record_is_found_by_its_marks_and_once(store_url: str) -> None:
    store = await connect(store_url, timeout=2)
    sink = RedisSink(store)
    batch = a_batch(1, 4)._replace(marks=[b"a", b"", b"a b", b"b"])
    for _ in range(2):
        assert await sink.append(batch) == 4
    assert await positions(store, "a") == [1, 3]
    assert await positions(store, "b") == [3, 4]
    later = a_batch(4, 2)._replace(marks=[b"b", b"a"])
    assert await sink.append(later) == 5
    assert (await positions(store, "a"), await positions(store, "b")) == ([1, 3, 5], [3, 4])
    await sink.aclose()
    await store.aclose()


async def test_a_list_that_is_something_else_harms_no_record(store_url: str) -> None:
    store = await connect(store_url, timeout=2)
    sink = RedisSink(store)
    await store.redis.set(audit_positions(0, "a"), "x")
    batch = a_batch(1, 2)._replace(marks=[b"a b", b"b"])
    assert await sink.append(batch) == 2
    assert await stream(store) == [1, 2]
    assert await positions(store, "b") == [1, 2]
    await sink.aclose()
    await store.aclose()


@settings(max_examples=60, deadline=None)
@given(tries=st.lists(st.tuples(st.integers(1, 12), st.integers(1, 6)), max_size=12))
def test_any_order_of_tries_gives_each_record_once(
    _shared_server: StoreServer,  # noqa: PT019 - its value is used; each example empties it
    tries: list[tuple[int, int]],
) -> None:
    async def run() -> None:
        store = await connect(_shared_server.url, timeout=2)
        await store.redis.flushall()
        sink = RedisSink(store)
        held = 0
        for first, count in tries:
            if first <= held + 1:
                held = max(held, first + count - 1)
            assert await sink.append(a_batch(first, count)) == held
        assert await stream(store) == list(range(1, held + 1))
        await sink.aclose()
        await store.aclose()

    asyncio.run(run())


@pytest.mark.parametrize("wrong", [audit_stream(0), audit_writers(0)])
async def test_a_batch_that_fails_leaves_nothing(store_url: str, wrong: str) -> None:
    store = await connect(store_url, timeout=2)
    sink = RedisSink(store)
    await store.redis.set(wrong, "not ours")
    with pytest.raises(StoreAway):
        await sink.append(a_batch(1, 3))
    await store.redis.delete(wrong)
    assert await sink.append(a_batch(1, 3)) == 3
    assert await stream(store) == [1, 2, 3]
    await sink.aclose()
    await store.aclose()


@pytest.mark.threat(52)
async def test_threat_52_a_full_store_takes_nothing_and_then_all(store_url: str) -> None:
    store = await connect(store_url, timeout=2)
    sink = RedisSink(store)
    assert await sink.append(a_batch(1, 1)) == 1
    await store.redis.config_set("maxmemory", "1")
    try:
        with pytest.raises(StoreAway) as refusal:
            await sink.append(a_batch(2, 3))
    finally:
        await store.redis.config_set("maxmemory", "0")
    assert refusal.value.code == "store_full"
    assert await stream(store) == [1]
    assert await sink.append(a_batch(2, 3)) == 4
    await sink.aclose()
    await store.aclose()


@pytest.mark.threat(52)
async def test_threat_52_a_replica_takes_nothing(store_url: str) -> None:
    store = await connect(store_url, timeout=2)
    sink = RedisSink(store)
    await store.redis.replicaof("127.0.0.1", "1")
    try:
        with pytest.raises(StoreAway) as refusal:
            await sink.append(a_batch(1, 1))
    finally:
        await store.redis.replicaof("no", "one")
    assert refusal.value.code == "store_read_only"
    assert await sink.append(a_batch(1, 1)) == 1
    await sink.aclose()
    await store.aclose()
