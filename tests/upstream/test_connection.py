from __future__ import annotations

import asyncio

import pytest

from gateway.errors import UpstreamError
from gateway.upstream.connection import Connection

PATIENCE = 5.0


class Ears:
    """A listener that remembers what it was told."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[str] = asyncio.Queue()

    def received(self, data: bytes) -> None:
        self.told.put_nowait(f"received {data.decode()}")

    def ended(self) -> None:
        self.told.put_nowait("ended")

    def failed(self, error: Exception) -> None:
        self.told.put_nowait("failed")

    def expired(self) -> None:
        self.told.put_nowait("expired")


class App:
    """The other end of one connection."""

    def __init__(self) -> None:
        self.lost = asyncio.Event()
        self._streams: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]]

    async def connect(self) -> Connection:
        loop = asyncio.get_running_loop()
        self._streams = loop.create_future()
        self._server = await asyncio.start_server(
            lambda *streams: self._streams.set_result(streams), "127.0.0.1", 0
        )
        _, connection = await loop.create_connection(
            lambda: Connection(loop, lambda _: self.lost.set()),
            *self._server.sockets[0].getsockname(),
        )
        self.reader, self.writer = await self._streams
        return connection

    async def close(self) -> None:
        self.writer.close()
        self._server.close()


async def test_a_listener_is_told_what_happens_in_order() -> None:
    app, ears = App(), Ears()
    connection = await app.connect()
    connection.listener = ears
    connection.alarm.set(0.01)
    assert await ears.told.get() == "expired"
    app.writer.write(b"a")
    assert await ears.told.get() == "received a"
    app.writer.close()
    assert await ears.told.get() == "ended"
    assert await ears.told.get() == "failed"
    await app.lost.wait()
    await app.close()


@pytest.mark.threat(18)
async def test_threat_18_bytes_that_nobody_asked_for_close_the_connection() -> None:
    app = App()
    connection = await app.connect()
    assert connection.is_quiet()
    app.writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    await app.lost.wait()
    assert not connection.is_quiet()
    assert not connection.is_settled()
    await app.close()


async def test_an_idle_connection_that_the_app_closes_is_not_quiet() -> None:
    app = App()
    connection = await app.connect()
    app.writer.close()
    await app.lost.wait()
    assert not connection.is_quiet()
    await app.close()


async def test_draining_waits_for_the_app_to_take_what_was_written() -> None:
    app = App()
    connection = await app.connect()
    connection.listener = Ears()
    await connection.drain(PATIENCE)  # nothing to wait for
    connection.write(bytes(20_000_000))
    assert not connection.is_settled()
    draining = asyncio.create_task(connection.drain(PATIENCE))
    await app.reader.readexactly(20_000_000)
    await draining
    assert connection.is_settled()
    connection.abort()
    await app.close()


async def test_draining_ends_with_the_connection_or_with_the_patience() -> None:
    app = App()
    connection = await app.connect()
    connection.listener = Ears()
    connection.write(bytes(20_000_000))
    with pytest.raises(UpstreamError, match="upstream_timeout"):
        await connection.drain(0.02)
    draining = asyncio.create_task(connection.drain(PATIENCE))
    await asyncio.sleep(0)
    connection.abort()
    with pytest.raises(UpstreamError, match="upstream_cut_short"):
        await draining
    with pytest.raises(UpstreamError, match="upstream_cut_short"):
        await connection.drain(PATIENCE)
    await app.close()


async def test_a_paused_connection_takes_nothing_until_it_is_resumed() -> None:
    app, ears = App(), Ears()
    connection = await app.connect()
    connection.listener = ears
    connection.pause()
    connection.pause()
    app.writer.write(b"a")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(ears.told.get(), 0.05)
    connection.resume()
    connection.resume()
    assert await ears.told.get() == "received a"
    connection.abort()
    await app.lost.wait()
    connection.pause()
    connection.resume()
    await app.close()


async def test_finishing_is_bounded_when_the_app_takes_nothing() -> None:
    app = App()
    connection = await app.connect()
    connection.listener = Ears()
    connection.write(bytes(20_000_000))
    connection.finish(0.05)
    await app.lost.wait()
    await app.close()
