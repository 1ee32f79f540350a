"""Records are found by their marks, over all streams, and those that are gone are passed over."""

from __future__ import annotations

from typing import Any

from gateway.audit import marks
from gateway.audit.reading.positions import forget, newest
from gateway.audit.record import Kind
from gateway.audit.writing.emitter import Emitter
from gateway.store.client import Store
from gateway.store.keys import audit_positions, audit_stream
from tests.audit.support import a_record, emitting

SHARDS = 3
OURS = marks.of_session("s1")


async def put(emitter: Emitter, count: int, session: str = "s1") -> None:
    for number in range(count):
        emitter.emit(a_record(f"{session}.{number}", Kind.REQUEST_OUTCOME, session))
    assert await emitter.drain(5) == 0


async def found(store: Store, mark: str = OURS, after: int = 0) -> list[str]:
    entries = [entry async for entry in newest(store, SHARDS, mark, after=after)]
    return [entry.line.partition(b'"id":"')[2].partition(b'"')[0].decode() for entry in entries]


async def test_a_sessions_records_are_found_the_newest_first_and_no_others(store_url: str) -> None:
    async with emitting(store_url, shards=SHARDS) as (emitter, store):
        await put(emitter, 600)
        await put(emitter, 3, "s2")
        assert await found(store) == [f"s1.{number}" for number in reversed(range(600))]
        assert await found(store, marks.of_session("s2")) == ["s2.2", "s2.1", "s2.0"]
        assert await found(store, marks.of_session("s3")) == []


async def test_what_stands_in_several_streams_is_found_in_the_order_of_time(store_url: str) -> None:
    async with emitting(store_url, shards=SHARDS) as (emitter, store):
        redis: Any = store.redis
        for number, shard in enumerate([2, 0, 2, 1, 0]):
            position = f"{1000 + number}-0"
            line = b'{"id":"%d"}' % number
            await redis.xadd(audit_stream(shard), {"record": line}, id=position)
            await redis.rpush(audit_positions(shard, OURS), position)
        assert await found(store) == list("43210")
        assert await found(store, after=1002) == list("432")
        await emitter.drain(1)


async def test_what_was_trimmed_is_passed_over_and_forgotten(store_url: str) -> None:
    async with emitting(store_url) as (emitter, store):
        await put(emitter, 250)
        redis: Any = store.redis
        positions = [each.decode() for each in await redis.lrange(audit_positions(0, OURS), 0, -1)]
        await redis.xtrim(audit_stream(0), minid=positions[240], approximate=False)
        assert len(await found(store)) == 10
        await forget(store, 0, [OURS, "none"], positions[239])
        assert await redis.llen(audit_positions(0, OURS)) == 10
        await forget(store, 0, [OURS], positions[-1])
        assert not await redis.exists(audit_positions(0, OURS))
