from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import pytest

from gateway.audit.record import Kind, line
from gateway.audit.writing.emitter import Emitter
from gateway.audit.writing.redis_sink import RedisSink
from gateway.errors import StoreAway
from gateway.store.client import connect
from gateway.store.keys import audit_stream
from tests.audit.support import KEY, a_record, emitting, new_ids, records
from tests.servers import StoreServer


async def test_a_commit_that_returned_is_in_the_stream(store_url: str) -> None:
    async with emitting(store_url) as (emitter, _):
        for name in ("1", "2", "3"):
            await emitter.commit(a_record(name))
            assert [record.id for record in await records(store_url)][-1] == name
    assert [(record.seq, record.writer) for record in await records(store_url)] == [
        (seq, emitter.writer) for seq in (1, 2, 3)
    ]


async def test_records_that_come_together_go_together(store_url: str) -> None:
    async with emitting(store_url) as (emitter, store):
        await emitter.commit(a_record("first"))
        await store.redis.config_resetstat()
        await asyncio.gather(*(emitter.commit(a_record(str(n))) for n in range(64)))
        calls = (await store.redis.info("commandstats"))["cmdstat_evalsha"]["calls"]
    assert calls == 1
    assert [record.id for record in await records(store_url)][1:] == [str(n) for n in range(64)]


async def test_a_cancelled_commit_leaves_its_record_on_its_way(store_url: str) -> None:
    async with emitting(store_url) as (emitter, _):
        commits = [asyncio.create_task(emitter.commit(a_record(str(n)))) for n in range(3)]
        await asyncio.sleep(0)  # lets each hand its record in
        commits[1].cancel()
        assert isinstance(
            (await asyncio.gather(*commits, return_exceptions=True))[1], BaseException
        )
        assert await emitter.drain(5) == 0
    assert [record.id for record in await records(store_url)] == ["0", "1", "2"]


async def test_a_session_keeps_to_one_shard_and_its_order(store_url: str) -> None:
    async with emitting(store_url, shards=4) as (emitter, store):
        for turn in range(3):
            for session in range(20):
                emitter.emit(a_record(f"{turn}", session=f"s{session}"))
        assert await emitter.drain(5) == 0
        filled = [await store.redis.xlen(f"gateway:audit:{shard}") for shard in range(4)]
    assert all(filled)
    held = await records(store_url, shards=4)
    assert len(held) == 60
    for session in range(20):
        assert [record.id for record in held if record.session == f"s{session}"] == ["0", "1", "2"]


async def test_two_writers_share_a_stream(store_url: str) -> None:
    async with emitting(store_url) as (one, store):
        other = Emitter(RedisSink(store), new_ids(), KEY.sign)
        for name in ("1", "2", "3"):
            await asyncio.gather(one.commit(a_record(name)), other.commit(a_record(name + "'")))
        await other.aclose()
    held = await records(store_url)
    for emitter in (one, other):
        assert [r.seq for r in held if r.writer == emitter.writer] == [1, 2, 3]


async def test_who_is_called_back_is_called_once_in_order_and_harms_no_other(
    store_server: StoreServer,
) -> None:
    told: list[tuple[str, str]] = []

    def tell(name: str, away: StoreAway | None) -> None:
        told.append((name, away.code if away else "durable"))
        if name == "2":
            raise RuntimeError("a fault of who was told")

    async with emitting(store_server.url, wait=0.1, max_pending=900) as (emitter, _):
        for name in ("1", "2", "3"):
            emitter.put(a_record(name), partial(tell, name))
        assert told == []
        assert await emitter.drain(5) == 0
        assert told == [(name, "durable") for name in ("1", "2", "3")]
        store_server.kill()
        emitter.put(a_record("4"), partial(tell, "4"))
        with pytest.raises(StoreAway, match="audit_away"):
            await emitter.commit(a_record("5"))
        while emitter.room():
            emitter.emit(a_record("more"))
        with pytest.raises(StoreAway, match="audit_full"):
            emitter.put(a_record("6"), partial(tell, "6"))
        store_server.start()
        assert await emitter.drain(10) == 0
    assert told[3:] == [("4", "audit_away")]
    held = [record.id for record in await records(store_server.url)]
    assert held[:5] == ["1", "2", "3", "4", "5"]
    assert "6" not in held


async def test_no_store_means_no_and_the_record_follows_when_it_is_back(
    store_server: StoreServer,
) -> None:
    async with emitting(store_server.url, wait=0.1) as (emitter, _):
        store_server.kill()
        with pytest.raises(StoreAway) as refusal:
            await emitter.commit(a_record("refused"))
        assert refusal.value.status == 503
        assert refusal.value.code == "audit_away"
        assert emitter.away
        emitter.emit(a_record("outcome", Kind.REQUEST_OUTCOME))
        assert await emitter.drain(0.05) == 2
        store_server.start()
        assert await emitter.drain(10) == 0
        assert not emitter.away
    assert [record.id for record in await records(store_server.url)] == ["refused", "outcome"]


async def test_what_waits_is_bounded_but_an_outcome_and_its_bodies_are_always_taken(
    store_server: StoreServer,
) -> None:
    async with emitting(store_server.url, wait=0.1, max_pending=400) as (emitter, _):
        store_server.kill()
        assert emitter.room()
        for name in ("1", "2"):
            emitter.emit(a_record(name))
        assert not emitter.room()
        ends = {Kind.REQUEST_OUTCOME, Kind.REQUEST_BODY, Kind.RESPONSE_BODY}
        for kind in set(Kind) - ends:
            with pytest.raises(StoreAway, match="audit_full"):
                emitter.emit(a_record("no", kind))
            with pytest.raises(StoreAway, match="audit_full"):
                await emitter.commit(a_record("no", kind))
        for kind in ends:
            emitter.emit(a_record("3", kind))
        store_server.start()
        assert await emitter.drain(10) == 0
        assert emitter.room()
    assert [record.id for record in await records(store_server.url)] == ["1", "2", *["3"] * 3]


async def test_closing_tells_who_waits_and_takes_no_more(store_server: StoreServer) -> None:
    store = await connect(store_server.url, timeout=5)
    emitter = Emitter(RedisSink(store), new_ids(), KEY.sign, wait=60)
    store_server.kill()
    commit = asyncio.create_task(emitter.commit(a_record("1")))
    await asyncio.sleep(0)  # lets it hand its record in
    await emitter.aclose()
    with pytest.raises(StoreAway):
        await commit
    for kind in (Kind.REQUEST_INTENT, Kind.REQUEST_OUTCOME):
        with pytest.raises(StoreAway, match="gateway_stopping"):
            emitter.emit(a_record("2", kind))
    await store.aclose()


async def test_a_record_too_odd_to_encode_takes_no_seq(store_url: str, tmp_path: Path) -> None:
    async with emitting(store_url) as (emitter, _):
        with pytest.raises(TypeError):
            emitter.emit(a_record(tmp_path))  # type: ignore[arg-type]  # what a fault might do
        await emitter.commit(a_record("1"))
    assert [record.seq for record in await records(store_url)] == [1]


async def test_a_checkpoint_that_comes_late_is_kept_outside_all_the_same(
    store_server: StoreServer,
) -> None:
    async with emitting(store_server.url, wait=0.3) as (emitter, _):
        await emitter.commit(a_record("1"))
        store_server.kill()
        assert await emitter.checkpoint() == []
        assert emitter.unsigned == 1
        store_server.start()
        assert await emitter.drain(5) == 0
        [late] = await emitter.checkpoint()
        assert await emitter.checkpoint() == []
    assert late == line((await records(store_server.url))[-1])


async def test_one_stream_that_is_late_keeps_no_other_checkpoint_back(store_url: str) -> None:
    async with emitting(store_url, wait=0.3, shards=2) as (emitter, store):
        for session in ("a", "d"):
            record = a_record(session)
            record.session = session
            await emitter.commit(record)
        assert [lane.last for lane in emitter._lanes] == [1, 1]
        await store.redis.set(audit_stream(1), "no stream")
        assert len(await emitter.checkpoint()) == 1
        assert emitter.unsigned == 1
