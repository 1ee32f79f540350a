"""The store dies, freezes and forgets under load; the stream still tells all of it, once."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from pathlib import Path

import pytest

from gateway.audit.record import Kind
from gateway.audit.writing import lane
from gateway.store.embedded import EmbeddedStore
from tests.audit.support import Load, a_record, emitting, records
from tests.servers import LocalServer, StoreServer


@pytest.mark.threat(52)
async def test_threat_52_a_killed_store_loses_no_acknowledged_record(
    store_server: StoreServer,
) -> None:
    async with emitting(store_server.url, wait=0.5) as (emitter, _):
        async with Load(emitter).running() as load:
            for _ in range(4):
                await load.forwards(300)
                await asyncio.to_thread(store_server.kill)
                await load.refuses(16)
                assert emitter.away
                await asyncio.to_thread(store_server.start)
                await load.forwards(100)
        assert await emitter.drain(10) == 0
        assert not emitter.away
    load.check(await records(store_server.url))


@pytest.mark.threat(53)
async def test_threat_53_what_was_acknowledged_survives_the_death_of_gateway_and_store(
    store_server: StoreServer,
) -> None:
    """Nobody is left to write anything again: only what was on disk counts."""
    async with emitting(store_server.url, wait=0.2) as (emitter, _):
        load = Load(emitter)
        async with load.running():
            await load.forwards(300)
            store_server.kill()  # blocks the loop: no answer is read between the death and this
            await emitter.aclose()
    await asyncio.to_thread(store_server.start)
    held = [record.id for record in await records(store_server.url)]
    assert len(held) == len(set(held))
    assert set(load.forwarded) <= set(held)


@pytest.mark.threat(52)
async def test_threat_52_a_frozen_store_gets_nothing_twice(short_folder: Path) -> None:
    """What was sent before the freeze is carried out after it, beside the tries that followed."""
    store = EmbeddedStore(short_folder)
    url = await store.start()
    assert store.pid is not None
    try:
        async with emitting(url, wait=0.15) as (emitter, _):
            async with Load(emitter).running() as load:
                for _ in range(5):
                    await load.forwards(200)
                    os.kill(store.pid, signal.SIGSTOP)
                    await load.refuses(48)
                    os.kill(store.pid, signal.SIGCONT)
                    await load.forwards(50)
            assert await emitter.drain(10) == 0
        load.check(await records(url))
    finally:
        await store.stop()


@pytest.mark.threat(52)
async def test_threat_52_the_embedded_store_comes_back_by_itself(short_folder: Path) -> None:
    deaths: asyncio.Queue[int] = asyncio.Queue()
    store = EmbeddedStore(short_folder, died=deaths.put_nowait)
    url = await store.start()
    try:
        async with emitting(url, wait=2) as (emitter, _):
            async with Load(emitter).running() as load:
                for _ in range(3):
                    await load.forwards(200)
                    assert store.pid is not None
                    os.kill(store.pid, signal.SIGKILL)
                    assert await deaths.get() == -signal.SIGKILL
                    await load.forwards(100)
            assert await emitter.drain(10) == 0
        load.check(await records(url))
    finally:
        await store.stop()


@pytest.mark.threat(48)
async def test_threat_48_a_store_that_forgot_gets_the_records_again(short_folder: Path) -> None:
    server = LocalServer(short_folder)
    server.start()
    try:
        async with emitting(server.url, wait=5) as (emitter, _):
            async with Load(emitter).running() as load:
                await load.forwards(300)
                await asyncio.to_thread(server.kill)
                shutil.rmtree(short_folder / "appendonlydir")
                await asyncio.to_thread(server.start)
                await load.forwards(100)
            assert await emitter.drain(10) == 0
        load.check(await records(server.url))
    finally:
        server.remove()


@pytest.mark.threat(48)
async def test_threat_48_a_quiet_emitter_finds_out_too(store_server: StoreServer) -> None:
    async with emitting(store_server.url) as (emitter, store):
        for name in ("1", "2", "3"):
            await emitter.commit(a_record(name))
        await store.redis.flushall()
        emitter.check()
        assert await emitter.drain(10) == 0
        assert [record.id for record in await records(store_server.url)] == ["1", "2", "3"]
        store_server.kill()
        emitter.check()
        assert await emitter.drain(0.2) == 0
        assert emitter.away
        store_server.start()
        await emitter.drain(10)
        assert not emitter.away
    assert [record.id for record in await records(store_server.url)] == ["1", "2", "3"]


@pytest.mark.threat(48)
async def test_threat_48_what_the_store_lost_for_good_is_on_record(
    store_server: StoreServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane, "KEPT_BYTES", 0)
    async with emitting(store_server.url) as (emitter, store):
        for name in ("1", "2", "3"):
            await emitter.commit(a_record(name))
        await store.redis.flushall()
        await emitter.commit(a_record("4"))
        assert await emitter.drain(10) == 0
    found = await records(store_server.url)
    assert [(record.id, record.seq) for record in found[:1]] == [("4", 4)]
    assert [record.kind for record in found] == [Kind.REQUEST_INTENT, Kind.AUDIT_LOST]
    assert "records 1 to 3 of writer" in found[1].detail
