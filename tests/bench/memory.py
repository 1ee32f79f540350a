"""Memory of the gateway's own process: at rest, for each idle connection, and while much passes.

    python -m tests.bench.memory [quick]

RSS is what a container's limit counts. What many connections take is divided by their number; a
first few hundred are opened before, so that what is made once is not counted.
"""

from __future__ import annotations

import asyncio
import resource
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.bench.figure import Figure
from tests.bench.served import Served, served
from tests.bench.sockets_app import sockets_app
from tests.e2e.harness import HOST, Entered, Visitor, site, visiting
from tests.scratch import scratch

KIB, MIB = 1 << 10, 1 << 20
_WARM = 100  # connections that are opened before those that count
_A_SESSION = 25  # WebSockets; it may hold 32
_AT_ONCE = 20  # connections that are being opened
_PING, _PONG = 0x89, b"\x8a\x80" + bytes(4)  # from a server; from a client, masked
_UPGRADE = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" + (
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)


def measure(quick: bool) -> list[Figure]:
    """Measure target 6; in a hurry with a tenth of the connections and an eighth of the bytes."""
    count = min(1000 if quick else 10_000, _files() // 2 - 2 * _WARM)
    with scratch() as name, sockets_app() as port:
        said = {
            "websockets": [{"id": "live", "path": "/ws", "open": True}],
            "categories": {"notes": "Notes"},
            "redaction": [{"id": "n", "category": "notes", "json": ["$..private_notes"]}],
        }
        patient = {"audit": {"timeout": "30s"}}
        upstream = {"url": f"http://127.0.0.1:{port}", "max_connections": 12_000}
        app = site(port, max_body="2GiB", **said) | {"upstream": upstream}
        with served(Path(name), app, **patient) as running:
            return asyncio.run(_measured(running, count, quick))


async def _measured(running: Served, count: int, quick: bool) -> list[Figure]:
    figures = [Figure(6, "RSS of a worker at rest", (rss(running.pid) / MIB,), "MiB", 80)]
    each = await _of_each(running, count, _idle_ordinary)
    figures.append(
        Figure(6, f"idle pass-through connection, of {count:,}", (each / KIB,), "KiB", 24)
    )
    async with visiting() as client:
        visitor = Visitor(running.port, client, running.key)
        sessions = [
            await visitor.enter(mode="read_write") for _ in range((count + _WARM) // _A_SESSION + 1)
        ]
    turns = iter([entered for entered in sessions for _ in range(_A_SESSION)])
    each = await _of_each(running, count, lambda port, at: _idle_socket(port, at, next(turns)))
    figures.append(Figure(6, f"idle governed WebSocket, of {count:,}", (each / KIB,), "KiB", 40))
    size = 128 * MIB if quick else 1024 * MIB
    for way, passing in (("down", _down), ("up", _up)):
        await passing(running.port, 16 * MIB)
        grown = await _growth(running.pid, passing(running.port, size))
        name = f"growth while {size // MIB} MiB pass {way}"
        figures.append(Figure(6, name, (grown / MIB,), "MiB", 8))
    return figures


def _files() -> int:
    """How many files a process may have open here; the gateway inherits it, and needs two each."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with suppress(ValueError, OSError):  # who may, raises it
        most = max(most, 1 << 16)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


Opened = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _of_each(
    running: Served, count: int, open_one: Callable[[int, int], Awaitable[Opened]]
) -> float:
    """Open connections, and give what each of them takes in bytes."""
    async with _held(running.port, 0, _WARM, open_one):
        before = rss(running.pid)
        async with _held(running.port, _WARM, count, open_one):
            return (rss(running.pid) - before) / count


@asynccontextmanager
async def _held(
    port: int, first: int, count: int, open_one: Callable[[int, int], Awaitable[Opened]]
) -> AsyncIterator[None]:
    room = asyncio.Semaphore(_AT_ONCE)

    async def one(at: int) -> Opened:
        async with room:
            return await open_one(port, at)

    opened = await asyncio.gather(*map(one, range(first, first + count)))
    try:
        yield
    finally:
        for _, writer in opened:
            writer.close()
        with suppress(ConnectionError):
            for _, writer in opened:
                await writer.wait_closed()


async def _connected(port: int, at: int) -> Opened:
    """Connect from one of several addresses, for each has only so many ports."""
    return await asyncio.open_connection(
        "127.0.0.1", port, local_addr=(f"127.0.1.{1 + at // 10_000}", 0)
    )


async def _idle_ordinary(port: int, at: int) -> Opened:
    reader, writer = await _connected(port, at)
    writer.write(f"GET /small HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    await reader.readexactly(2)
    return reader, writer


async def _idle_socket(port: int, at: int, entered: Entered) -> Opened:
    reader, writer = await _connected(port, at)
    host = f"{entered.host}:{port}"
    lines = f"Host: {host}\r\nCookie: {entered.cookie}\r\nOrigin: http://{host}\r\n{_UPGRADE}"
    writer.write(f"GET /ws HTTP/1.1\r\n{lines}\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101"), await reader.read()
    answering = asyncio.create_task(_answer_pings(reader, writer))
    _ANSWERING.add(answering)
    answering.add_done_callback(_ANSWERING.discard)
    return reader, writer


_ANSWERING: set[asyncio.Task[None]] = set()


async def _answer_pings(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say that we are there when we are asked; whoever does not is let go of."""
    with suppress(ConnectionError):
        while data := await reader.read(1 << 12):
            if data[0] == _PING:
                writer.write(_PONG)


async def _down(port: int, size: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /down/{size} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    read = 0
    while data := await reader.read(1 << 18):
        read += len(data)
    writer.close()
    assert read == size, read


async def _up(port: int, size: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST /up HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {size}\r\n"
    writer.write(f"{head}Connection: close\r\n\r\n".encode())
    piece = bytes(1 << 16)
    for _ in range(size // len(piece)):
        writer.write(piece)
        await writer.drain()
    answer = await reader.read()
    writer.close()
    assert answer.endswith(str(size).encode()), answer


async def _growth(pid: int, passing: Awaitable[None]) -> float:
    """The most that the process grew by while something passed."""
    before = most = rss(pid)

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, rss(pid))
            await asyncio.sleep(0.02)

    watching = asyncio.create_task(watch())
    try:
        await passing
    finally:
        watching.cancel()
    return most - before


def rss(pid: int) -> int:
    """The bytes of a process that are in memory."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    said = next(line for line in lines if line.startswith("Rss:"))
    return int(said.split()[1]) * KIB


if __name__ == "__main__":
    for figure in measure("quick" in sys.argv):
        sys.stdout.write(f"{figure}\n")
