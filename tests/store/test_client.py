from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import GatewayError, StoreAway
from gateway.store.client import connect
from gateway.store.embedded import EmbeddedStore
from gateway.store.scripts import Script
from tests.servers import StoreServer, unused_port


async def test_nobody_there_is_said_at_once() -> None:
    with pytest.raises(StoreAway, match="store_away"):
        await connect(f"redis://127.0.0.1:{unused_port()}", timeout=2)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "valkey+unix:///x",
        "redis://h?socket_timeout=1000",
        "redis://h?retry_on_timeout=yes",
        "unix:///x?decode_responses=true",
        "redis://h:port",
    ],
)
async def test_an_address_that_cannot_be_used_says_why(url: str) -> None:
    with pytest.raises(GatewayError, match="store_url") as fault:
        await connect(url, timeout=1)
    assert "redis://host" in fault.value.advice


@pytest.mark.threat(52)
async def test_threat_52_a_wrong_password_is_named_and_not_told(store_server: StoreServer) -> None:
    owner = await connect(store_server.url, timeout=2)
    await owner.redis.config_set("requirepass", "secret")
    await owner.aclose()
    scheme, _, place = store_server.url.partition("://")
    for signed in ("", ":open-sesame@"):
        with pytest.raises(StoreAway) as refusal:
            await connect(f"{scheme}://{signed}{place}", timeout=2)
        assert refusal.value.code == "store_sign_in"
        assert "sesame" not in str(refusal.value) + refusal.value.detail
    store = await connect(f"{scheme}://:secret@{place}", timeout=2)
    await store.aclose()


@pytest.mark.threat(52)
async def test_threat_52_a_frozen_store_costs_the_timeout_and_no_more(short_folder: Path) -> None:
    embedded = EmbeddedStore(short_folder)
    store = replace(await connect(await embedded.start(), timeout=5), timeout=0.2)
    assert embedded.pid is not None
    await store.redis.set("mine", "1")
    os.kill(embedded.pid, signal.SIGSTOP)
    try:
        started = asyncio.get_running_loop().time()
        for _ in range(3):
            with pytest.raises(StoreAway) as refusal:
                async with store.answers("read it"):
                    await store.redis.get("mine")
            assert refusal.value.code == "store_slow"
        assert 0.5 < asyncio.get_running_loop().time() - started < 4
    finally:
        os.kill(embedded.pid, signal.SIGCONT)
    await store.aclose()
    await embedded.stop()


async def test_a_late_answer_is_never_the_next_command_s(short_folder: Path) -> None:
    """Cancelled at any moment, a connection that still owes an answer is not used again."""
    embedded = EmbeddedStore(short_folder)
    store = await connect(await embedded.start(), timeout=2)
    echo = Script("return ARGV[1]")
    for turn in range(60):
        asked = asyncio.ensure_future(store.run(echo, (), (f"late {turn}",)))
        for _ in range(turn % 12):
            await asyncio.sleep(0)
        asked.cancel()
        await asyncio.wait((asked,))
        async with store.answers("hear the echo"):
            assert await store.run(echo, (), (f"next {turn}",)) == b"next %d" % turn
    await store.aclose()
    await embedded.stop()


async def test_a_restarted_store_is_used_again_and_knows_scripts(
    store_server: StoreServer,
) -> None:
    store = await connect(store_server.url, timeout=2)
    add = Script("return redis.call('INCR', KEYS[1])")
    assert await store.run(add, ("n",), ()) == 1
    store_server.kill()
    with pytest.raises(StoreAway):
        async with store.answers("count"):
            await store.run(add, ("n",), ())
    store_server.start()
    assert await store.run(add, ("n",), ()) == 2
    await store.aclose()


async def test_an_answer_that_is_an_error_is_not_asked_for_again(store_url: str) -> None:
    store = await connect(store_url, timeout=2)
    half = Script("redis.call('INCR', KEYS[1]) return redis.call('LLEN', KEYS[1])")
    with pytest.raises(StoreAway):
        async with store.answers("count"):
            await store.run(half, ("n",), ())
    assert await store.redis.get("n") == b"1"
    await store.aclose()


async def test_faults_of_ours_pass_through(store_url: str) -> None:
    store = await connect(store_url, timeout=2)
    with pytest.raises(KeyError):
        async with store.answers("do it"):
            raise KeyError("ours")
    await store.aclose()


async def test_a_store_says_what_it_is(store_url: str) -> None:
    store = await connect(store_url, timeout=5)
    try:
        [server] = await store.servers()
    finally:
        await store.aclose()
    name, _, version = server.partition(" ")
    assert name in ("redis", "valkey")
    assert version[0].isdigit()


async def test_a_connection_that_was_closed_is_a_store_that_is_away(store_url: str) -> None:
    """uvloop raises RuntimeError where something is written to a closed transport."""
    store = await connect(store_url, timeout=2)
    pool: Any = store.redis.connection_pool
    connection = await pool.get_connection()
    connection._writer.transport.abort()
    await asyncio.sleep(0)  # now it is closed
    with pytest.raises(StoreAway, match="store_away"):
        async with store.answers("ask it"):
            await connection.send_command("PING")
    await pool.release(connection)
    await store.aclose()
