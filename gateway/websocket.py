"""Two pumps: the client's bytes to the app and the app's to the client, after 101.

An ordinary user's WebSocket passes untouched. A session's is another matter (`sockets/`).
"""

from __future__ import annotations

import asyncio

from gateway.errors import UpstreamError
from gateway.listener.connection import Connection
from gateway.middleware.response_to_client import pass_through_lines
from gateway.upstream.tunnel import Tunnel

_HIGH = 256 * 1024


async def pump(connection: Connection, tunnel: Tunnel) -> None:
    """Carry bytes both ways until either side closes; each side waits for the other's pace."""
    up = _Up(connection, tunnel)
    connection.lost = tunnel.close
    connection.write(_switching(tunnel))
    connection.open_tunnel(up.take)
    try:
        while data := await tunnel.read():
            if connection.gone:
                break
            connection.write(data)
            await connection.drained()
    except (UpstreamError, ConnectionError):
        connection.cut()  # it broke off, so the client must not see a clean end
    finally:
        connection.lost = None
        up.stop()
        tunnel.close()


def _switching(tunnel: Tunnel) -> bytes:
    start = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    return start + pass_through_lines(tunnel.head) + b"\r\n"


class _Up:
    """The client's side: stops reading the client while the app does not take what is there."""

    def __init__(self, connection: Connection, tunnel: Tunnel) -> None:
        self._connection = connection
        self._tunnel = tunnel
        self._waiting = 0
        self._task: asyncio.Task[None] | None = None

    def take(self, data: bytes) -> None:
        """Write the client's bytes to the app."""
        try:
            self._tunnel.write(data)
        except UpstreamError:
            self._connection.cut()
            return
        self._waiting += len(data)
        if self._waiting > _HIGH and self._task is None:
            self._connection.pause_reading()
            self._task = asyncio.get_running_loop().create_task(self._wait())

    def stop(self) -> None:
        """Wait for nothing any more."""
        if self._task is not None:
            self._task.cancel()

    async def _wait(self) -> None:
        try:
            await self._tunnel.drain()
        except UpstreamError:
            self._connection.cut()
            return
        self._waiting = 0
        self._task = None
        self._connection.resume_reading()
