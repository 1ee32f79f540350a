"""The least that a proxy in Python does: two protocols, httptools on both sides, a header set.

It checks nothing, knows no deadline, and answers GET alone. It is the floor under what the gateway
can cost on a machine.
"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

import httptools
import uvloop

_CONNECTIONS = 16


class App(asyncio.Protocol):
    """A connection to the app; its bytes go straight to the client that asked."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.client: Client | None = None

    def ask(self, client: Client, request: bytes) -> None:
        self.client = client
        self._parser = httptools.HttpResponseParser(self)
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        assert self.client is not None
        if not self.client.transport.is_closing():  # a client may go in the middle of its request
            self.client.transport.write(data)
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        assert self.client is not None
        self.client.idle.append(self)
        self.client = None


class Client(asyncio.Protocol):
    """A connection of a client; `idle` are the connections to the app that nobody uses."""

    def __init__(self, idle: list[App]) -> None:
        self.idle = idle

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._parser = httptools.HttpRequestParser(self)
        self._lines: list[bytes] = []

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._lines = [b"GET ", url, b" HTTP/1.1\r\n"]

    def on_header(self, name: bytes, value: bytes) -> None:
        self._lines += (name, b": ", value, b"\r\n")

    def on_message_complete(self) -> None:
        self._lines.append(b"X-Remote-User: jonas\r\n\r\n")
        self.idle.pop().ask(self, b"".join(self._lines))


async def _serve(port: int, app_port: int) -> None:
    loop = asyncio.get_running_loop()
    idle: list[App] = []
    for _ in range(_CONNECTIONS):
        _, app = await loop.create_connection(App, "127.0.0.1", app_port)
        idle.append(app)
    listener = await loop.create_server(lambda: Client(idle), "127.0.0.1", port)
    await listener.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(int(sys.argv[1]), int(sys.argv[2])))
