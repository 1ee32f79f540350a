"""Bodies of ordinary users pass as they come, in flat memory."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

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
