from __future__ import annotations

import asyncio

import pytest

from gateway.audit.reading import reader
from gateway.audit.reading.reader import Entry, read
from gateway.errors import StoreAway
from gateway.store.client import connect
from tests.audit.support import a_record, emitting
from tests.servers import StoreServer


async def test_all_records_of_all_shards_page_by_page(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "PAGE", 7)
    async with emitting(store_url, shards=3) as (emitter, store):
        for n in range(60):
            await emitter.commit(a_record(f"{n}", session=f"s{n}"))
        found = [entry async for entry in read(store, 3)]
    assert len({entry.line for entry in found}) == len(found) == 60
    for shard in range(3):
        positions = [entry.position for entry in found if entry.shard == shard]
        assert positions == sorted(positions, key=lambda p: tuple(map(int, p.split("-"))))


async def test_records_of_several_shards_are_merged_by_time(store_url: str) -> None:
    store = await connect(store_url, timeout=2)
    for shard, position in ((1, "5-0"), (0, "10-0"), (1, "10-1"), (0, "10-2")):
        await store.redis.xadd(f"gateway:audit:{shard}", {"record": "x"}, id=position)
    found = [(entry.shard, entry.position) async for entry in read(store, 2)]
    assert found == [(1, "5-0"), (0, "10-0"), (1, "10-1"), (0, "10-2")]
    assert [entry.shard async for entry in read(store, 2, after="10-0")] == [1, 0]
    await store.aclose()


async def test_following_gives_what_is_written_later(store_url: str) -> None:
    async with emitting(store_url, wait=1) as (emitter, store):
        await emitter.commit(a_record("1"))
        following = aiter(read(store, 1, follow=True))
        assert b'"id":"1"' in (await anext(following)).line
        later = asyncio.ensure_future(anext(following))
        await asyncio.wait((later,), timeout=0.8)  # longer than one read waits
        await emitter.commit(a_record("2"))
        assert b'"id":"2"' in (await later).line


async def test_an_entry_of_somebody_else_is_shown_as_empty(store_url: str) -> None:
    store = await connect(store_url, timeout=2)
    await store.redis.xadd("gateway:audit:0", {"something": "else"}, id="7-1")
    await store.redis.xadd("gateway:audit:0", {"record": "x", "something": "else"}, id="7-2")
    found = [entry async for entry in read(store, 1)]
    assert found == [Entry(0, "7-1", b""), Entry(0, "7-2", b"")]
    await store.aclose()


async def test_a_reader_says_when_the_store_is_gone(store_server: StoreServer) -> None:
    async with emitting(store_server.url) as (emitter, store):
        await emitter.commit(a_record("1"))
        following = aiter(read(store, 1, follow=True))
        first = await anext(following)
        store_server.kill()
        with pytest.raises(StoreAway):
            await anext(following)
        store_server.start()
        await emitter.commit(a_record("2"))
        again = aiter(read(store, 1, follow=True, after=first.position))
        assert b'"id":"2"' in (await anext(again)).line
