"""What the short way takes, and ordinary users' requests on it whose clients leave or are slow."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from gateway.listener.connection import Connection
from gateway.shortcut.known import LARGEST
from tests.e2e.harness import HOST, Running
from tests.e2e.recorder_app import RecorderApp, Seen, http
from tests.shortcut.support import lent, parted

WARM = f"GET /warm HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
SIZE = 300_000


def head(target: str = "/", fields: str = "") -> bytes:
    return f"GET {target} HTTP/1.1\r\nHost: {HOST}\r\n{fields}\r\n".encode()


def counting(gw: Running) -> list[bytes]:
    """Give the requests that are taken from now on."""
    taken: list[bytes] = []
    listener = gw.gateway.listener
    shortcut = listener.shortcut

    def counted(connection: Connection, data: bytes) -> bool:
        if shortcut(connection, data):
            taken.append(data)
            return True
        return False

    listener.shortcut = counted
    return taken


async def answer_on(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    start = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", start)
    assert length is not None
    return int(start.split(b" ")[1]), await reader.readexactly(int(length[1]))


@pytest.fixture
async def gw(gw: Running, app: RecorderApp) -> Running:
    """A gateway that holds a connection to its app."""
    assert (await gw.get("/warm", {"Host": HOST})).status == 200
    app.seen.clear()
    return gw


@pytest.mark.threat(22)
async def test_row_22_the_short_way_takes_no_larger_head_than_the_long_one(
    gw: Running, app: RecorderApp
) -> None:
    taken = counting(gw)
    app.reply = http(b"x" * SIZE)  # it does not come whole, so the long way reads its head again
    fields = f"X-A: {'a' * (LARGEST * 3 // 4)}\r\n"
    for size, status in (LARGEST // 8, 200), (LARGEST, 200), (64_000, 431):
        reader, writer = await asyncio.open_connection("127.0.0.1", gw.port)
        writer.write(head("/" + "b" * size, fields))
        async with asyncio.timeout(5):
            assert int((await reader.readuntil(b"\r\n\r\n")).split(b" ")[1]) == status
        writer.transport.abort()
    await parted(gw)
    assert (len(taken), len(app.seen), lent(gw)) == (1, 2, 0)


@pytest.mark.threat(16)
async def test_row_16_bytes_behind_a_request_are_the_next_one_or_refused(
    gw: Running, app: RecorderApp
) -> None:
    taken = counting(gw)
    go_on = asyncio.Event()
    arrived = asyncio.Event()

    async def slow(seen: Seen, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await go_on.wait()
        writer.write(http(seen.target.encode()))

    app.answer = slow
    reader, writer = await asyncio.open_connection("127.0.0.1", gw.port)
    writer.write(head("/a"))
    await arrived.wait()
    writer.write(head("/b") + b"body\r\n\r\n")
    go_on.set()
    assert [await answer_on(reader), await answer_on(reader)] == [(200, b"/a"), (200, b"/b")]
    assert (await answer_on(reader))[0] == 400
    assert await reader.read() == b""
    writer.close()
    assert [seen.target for seen in app.seen] == ["/a", "/b"]
    assert taken == [head("/a")]


async def test_a_client_that_leaves_lets_go_of_the_app_at_every_stage(
    gw: Running, app: RecorderApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = counting(gw)
    arrived, left = asyncio.Event(), asyncio.Event()
    hand_over = Connection.hand_over

    async def silent(seen: Seen, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await left.wait()

    async def large(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(http(b"x" * SIZE))

    def leaving(connection: Connection, *said: Any) -> None:
        hand_over(connection, *said)
        connection.connection_lost(None)

    app.answer = silent
    _, writer = await asyncio.open_connection("127.0.0.1", gw.port)
    writer.write(head("/silent"))
    await arrived.wait()
    writer.transport.abort()
    await parted(gw)
    left.set()
    assert lent(gw) == 0

    app.answer = None
    assert (await gw.get("/warm", {"Host": HOST})).status == 200
    for answer in large, None:  # the rest of it is waited for; all of it is written
        app.answer = answer
        if answer is None:
            monkeypatch.setattr(Connection, "answer", lambda *_: False)
        with monkeypatch.context() as patched:
            patched.setattr(Connection, "hand_over", leaving)
            _, writer = await asyncio.open_connection("127.0.0.1", gw.port)
            writer.write(head("/large"))
            await parted(gw)
            writer.close()
        assert lent(gw) == 0
        app.answer = None
        assert (await gw.get("/warm", {"Host": HOST})).status == 200
    assert [each.split(b" ")[1] for each in taken if b"/warm" not in each] == [
        b"/silent",
        b"/large",
        b"/large",
    ]


async def test_a_fault_of_our_own_is_answered_and_gives_the_connection_back(
    gw: Running, app: RecorderApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> bool:
        raise RuntimeError

    monkeypatch.setattr(Connection, "answer", crash)
    assert (await gw.raw(head("/a"))).startswith(b"HTTP/1.1 500")
    assert (lent(gw), len(app.seen)) == (0, 1)
