"""Bodies of ordinary users pass as they come, in flat memory."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.harness import HOST, running, site
from tests.e2e.recorder_app import Seen, recorder_app

SIZE = 100 << 20
PIECE = b"x" * 65536
MOST_GROWTH = 32 << 20


def resident() -> int:
    """Bytes of memory that this process, gateway and test alike, holds."""
    pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


async def test_events_arrive_as_they_are_sent(tmp_path: Path, store_url: str) -> None:
    sent = asyncio.Event()

    async def events(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        for number in range(3):
            event = b"data: %d\n\n" % number
            writer.write(b"%x\r\n%s\r\n" % (len(event), event))
            await writer.drain()
            await sent.wait()
            sent.clear()
        writer.write(b"0\r\n\r\n")

    async with recorder_app() as app, running(tmp_path, store_url, site(app.port)) as gw:
        app.answer = events
        answer = await gw.get("/events", {"Host": HOST}, stream=True)
        for number in range(3):
            async with asyncio.timeout(5):
                event = await answer.content.readuntil(b"\n\n")
            assert event == b"data: %d\n\n" % number
            sent.set()  # only now does the app send the next
        assert await answer.content.read() == b""


async def test_a_download_of_100_mb_keeps_memory_flat(tmp_path: Path, store_url: str) -> None:
    async def download(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n".encode())
        for _ in range(SIZE // len(PIECE)):
            writer.write(PIECE)
            await writer.drain()

    async with recorder_app() as app, running(tmp_path, store_url, site(app.port)) as gw:
        app.answer = download
        before = resident()
        answer = await gw.get("/", {"Host": HOST}, stream=True)
        total = grown = 0
        async for data in answer.content.iter_any():
            total += len(data)
            grown = max(grown, resident() - before)
        assert total == SIZE
        assert grown < MOST_GROWTH


async def test_an_upload_of_100_mb_keeps_memory_flat(tmp_path: Path, store_url: str) -> None:
    taken = grown = 0

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal taken, grown
        await reader.readuntil(b"\r\n\r\n")
        while taken < SIZE:
            taken += len(await reader.read(65536))
            grown = max(grown, resident() - before)
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        writer.close()

    async def body() -> AsyncIterator[bytes]:
        for _ in range(SIZE // len(PIECE)):
            yield PIECE

    app = await asyncio.start_server(swallow, "127.0.0.1", 0)
    async with app, running(tmp_path, store_url, site(app.sockets[0].getsockname()[1])) as gw:
        before = resident()
        headers = {"Host": HOST, "Content-Length": str(SIZE)}
        answer = await gw.request("POST", "/", headers, data=body())
        assert answer.status == 204
    assert taken == SIZE
    assert grown < MOST_GROWTH


async def test_a_client_that_goes_away_lets_the_app_go(tmp_path: Path, store_url: str) -> None:
    gone = asyncio.Event()

    async def endless(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
        try:
            while True:
                writer.write(PIECE)
                await writer.drain()
        except ConnectionError:
            gone.set()

    async with recorder_app() as app, running(tmp_path, store_url, site(app.port)) as gw:
        app.answer = endless
        answer = await gw.get("/", {"Host": HOST}, stream=True)
        await answer.content.readany()
        answer.close()
        async with asyncio.timeout(10):
            await gone.wait()


@pytest.mark.parametrize("governed", [False, True])
async def test_the_head_of_a_quiet_stream_does_not_wait(
    tmp_path: Path, store_url: str, governed: bool
) -> None:
    left = asyncio.Event()

    async def quiet(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        await writer.drain()
        await left.wait()

    async with recorder_app() as app, running(tmp_path, store_url, site(app.port)) as gw:
        app.answer = quiet
        headers = (await gw.enter()).headers if governed else {"Host": HOST}
        async with asyncio.timeout(5):
            answer = await gw.get("/events", headers, stream=True)
        assert answer.content_type == "text/event-stream"
        answer.close()
        left.set()


@pytest.mark.parametrize(("governed", "upgrade"), [(False, False), (False, True), (True, False)])
async def test_a_client_that_leaves_before_the_answer_lets_the_app_go(
    tmp_path: Path, store_url: str, governed: bool, upgrade: bool
) -> None:
    gone: asyncio.Queue[None] = asyncio.Queue()
    asked = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        assert await reader.read() == b""
        gone.put_nowait(None)
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    upstream = {"url": f"http://127.0.0.1:{_port(server)}", "max_connections": 1}
    async with server, running(tmp_path, store_url, site(1, upstream=upstream)) as gw:
        entered = await gw.enter() if governed else None
        host = entered.host if entered else HOST
        lines = [
            f"GET /x HTTP/1.1\r\nHost: {host}",
            *([f"Cookie: {entered.cookie}"] if entered else []),
        ]
        if upgrade:
            lines.append("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x")
        for _ in range(3):
            asked.clear()
            _, writer = await asyncio.open_connection("127.0.0.1", gw.port)
            writer.write("\r\n".join([*lines, "", ""]).encode())
            await asked.wait()
            writer.close()
            async with asyncio.timeout(5):
                await gone.get()
        if governed:
            outcomes = [each for each in await gw.records() if each["kind"] == "request.outcome"]
            said = [(each["reason"], each["complete"]) for each in outcomes]
            assert said == [("client_gone", False)] * 3


def _port(server: asyncio.Server) -> int:
    port: int = server.sockets[0].getsockname()[1]
    return port
