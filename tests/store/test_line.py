from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.errors import StoreAway
from gateway.store.client import Store, connect
from gateway.store.embedded import EmbeddedStore
from gateway.store.line import Line, _Answers, packed
from gateway.store.scripts import Script
from gateway.store.server import Bounds, Server
from tests.servers import StoreServer

ADD = Script("return redis.call('INCR', KEYS[1])")
ECHO = Script("return ARGV[1]")


def test_a_command_is_an_array_of_bulk_strings() -> None:
    assert packed(("EVALSHA", 12, b"\r\n$1", "ü", "")) == (
        b"*5\r\n$7\r\nEVALSHA\r\n$2\r\n12\r\n$4\r\n\r\n$1\r\n$2\r\n\xc3\xbc\r\n$0\r\n\r\n"
    )


async def test_a_script_gets_its_arguments_as_they_are(store_url: str) -> None:
    store = await connect(store_url, timeout=2)
    line = Line(store)
    every = bytes(range(256)) * 4096
    assert await line.run(ECHO, (), (every,), "hear it") == every
    assert await line.run(ECHO, (), (7,), "hear it") == b"7"
    assert await line.run(ECHO, (), ("ü",), "hear it") == "ü".encode()
    await line.aclose()
    await store.aclose()


async def test_a_late_answer_is_never_the_next_command_s(short_folder: Path) -> None:
    """Cancelled at any moment, a connection that still owes an answer is not used again."""
    embedded = EmbeddedStore(short_folder)
    store = await connect(await embedded.start(), timeout=2)
    line = Line(store)
    for turn in range(60):
        asked = asyncio.ensure_future(line.run(ECHO, (), (f"late {turn}",), "hear it"))
        for _ in range(turn % 12):
            await asyncio.sleep(0)
        asked.cancel()
        await asyncio.wait((asked,))
        assert await line.run(ECHO, (), (f"next {turn}",), "hear it") == b"next %d" % turn
    await line.aclose()
    await store.aclose()
    await embedded.stop()


async def test_an_answer_may_come_in_any_pieces() -> None:
    """What is no integer in one piece redis-py reads, and the next answer is seen again."""
    whole = b":-12\r\n"
    fates = [(whole,), *((whole[:at], whole[at:]) for at in range(1, len(whole))), (whole,)]
    left = iter(fates)
    first_read = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readline():
            words = []
            for _ in range(int(head[1:])):
                size = int((await reader.readline())[1:])
                words.append((await reader.readexactly(size + 2))[:-2])
            if words[0] != b"EVALSHA":
                writer.write(b"-ERR unknown command\r\n" if words[0] == b"HELLO" else b"+OK\r\n")
                continue
            for piece in next(left):
                first_read.clear()
                writer.write(piece)
                await first_read.wait()
        writer.close()

    received = _Answers.data_received

    def receive(answers: _Answers, data: bytes) -> None:
        received(answers, data)
        first_read.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_Answers, "data_received", receive)
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            host, port = server.sockets[0].getsockname()
            store = Store(Server.of_url(f"redis://{host}:{port}?protocol=2", Bounds(5)), timeout=5)
            line = Line(store)
            assert [await line.run(ADD, (), (), "count") for _ in fates] == [-12] * len(fates)
            await line.aclose()
            await store.aclose()


async def test_a_server_that_left_while_nobody_asked_is_reached_again(
    store_server: StoreServer,
) -> None:
    store = await connect(store_server.url, timeout=2)
    line = Line(store)
    assert await line.run(ADD, ("n",), (), "count") == 1
    store_server.kill()
    store_server.start()
    while line._answers is not None and not line._answers.lost:  # noqa: ASYNC110 - no event tells
        await asyncio.sleep(0)
    assert await line.run(ADD, ("n",), (), "count") == 2
    await line.aclose()
    await store.aclose()


@pytest.mark.threat(52)
async def test_threat_52_a_frozen_store_costs_the_timeout_and_no_more(short_folder: Path) -> None:
    embedded = EmbeddedStore(short_folder)
    store = replace(await connect(await embedded.start(), timeout=5), timeout=0.2)
    line = Line(store)
    assert await line.run(ECHO, (), ("before",), "hear it") == b"before"
    assert embedded.pid is not None
    os.kill(embedded.pid, signal.SIGSTOP)
    try:
        started = asyncio.get_running_loop().time()
        for turn in range(3):  # the first on an open connection, the others connect
            with pytest.raises(StoreAway, match="store_slow"):
                await line.run(ECHO, (), (f"late {turn}",), "hear it")
        assert 0.5 < asyncio.get_running_loop().time() - started < 4
    finally:
        os.kill(embedded.pid, signal.SIGCONT)
    assert await line.run(ECHO, (), ("after",), "hear it") == b"after"
    await line.aclose()
    await store.aclose()
    await embedded.stop()


async def test_a_restarted_store_is_used_again_and_knows_scripts(
    store_server: StoreServer,
) -> None:
    store = await connect(store_server.url, timeout=2)
    line = Line(store)
    assert await line.run(ADD, ("n",), (), "count") == 1
    store_server.kill()
    with pytest.raises(StoreAway) as refusal:
        await line.run(ADD, ("n",), (), "count")
    assert refusal.value.code == "store_away"
    assert "could not count" in refusal.value.detail
    store_server.start()
    assert await line.run(ADD, ("n",), (), "count") == 2
    await line.aclose()
    await store.aclose()


async def test_an_answer_that_is_an_error_is_not_asked_for_again(store_url: str) -> None:
    store = await connect(store_url, timeout=2)
    line = Line(store)
    half = Script("redis.call('INCR', KEYS[1]) return redis.call('LLEN', KEYS[1])")
    with pytest.raises(StoreAway):
        await line.run(half, ("n",), (), "count")
    assert await store.redis.get("n") == b"1"
    assert await line.run(ADD, ("n",), (), "count") == 2
    await line.aclose()
    await store.aclose()
