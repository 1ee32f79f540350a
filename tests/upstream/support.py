"""A scripted app, and short words for what the tests say."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

from gateway.model import Headers, Permit, RequestHead
from gateway.upstream.client import Upstream
from gateway.upstream.response import UpstreamResponse
from gateway.upstream.settings import UpstreamSettings

PERMIT = Permit(site="crm", rule="test")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def request(method: str = "GET", target: str = "/", headers: Headers = ()) -> RequestHead:
    """A request to the app."""
    return RequestHead(method=method, target=target, headers=headers, host="crm.example")


class Talk:
    """The app's end of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def head(self) -> bytes:
        """The next request's head, as it came."""
        return await self.reader.readuntil(b"\r\n\r\n")

    async def say(self, data: bytes) -> None:
        """Send `data`, and return when the other side has taken most of it."""
        self.writer.write(data)
        await self.writer.drain()

    async def gone(self) -> bytes:
        """Wait until the other side has closed; give what it still said."""
        try:
            return await self.reader.read()
        except ConnectionError:
            return b""


Script = Callable[[Talk], Awaitable[None]]


class Apps:
    """Runs scripted apps; each connection runs the script once."""

    def __init__(self) -> None:
        self.connections = 0
        self._servers: list[asyncio.Server] = []
        self._upstreams: list[Upstream] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(
        self, script: Script, *, server_context: ssl.SSLContext | None = None, **settings: Any
    ) -> Upstream:
        """Start an app that follows `script`; give the way to it."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.connections += 1
            task = asyncio.current_task()
            assert task is not None
            self._tasks.add(task)
            try:
                await script(Talk(reader, writer))
            except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                pass  # the gateway may leave at any time
            finally:
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=server_context)
        self._servers.append(server)
        port = server.sockets[0].getsockname()[1]
        return self.upstream(port=port, **settings)

    def upstream(self, **settings: Any) -> Upstream:
        """The way to an app on 127.0.0.1, closed after the test."""
        upstream = Upstream(UpstreamSettings(**{"host": "127.0.0.1", **settings}))
        self._upstreams.append(upstream)
        return upstream

    async def stop(self) -> None:
        """Close everything; raise what a script raised."""
        for upstream in self._upstreams:
            await upstream.aclose()
        for server in self._servers:
            server.close()
        for task in self._tasks:
            task.cancel()
        for outcome in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """`data` in pieces, cut at any places."""
    ends = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    return [data[a:b] for a, b in pairwise(ends)]


def always(answer: bytes) -> Script:
    """An app that answers every request without a body with `answer`."""

    async def script(talk: Talk) -> None:
        while True:
            await talk.head()
            await talk.say(answer)

    return script


def once(answer: bytes) -> Script:
    """An app that answers one request, and closes."""

    async def script(talk: Talk) -> None:
        await talk.head()
        await talk.say(answer)

    return script


async def whole(response: UpstreamResponse) -> bytes:
    """The body to its clean end; the response is closed."""
    pieces = []
    try:
        while piece := await response.read():
            pieces.append(piece)
    finally:
        response.close()
    return b"".join(pieces)
