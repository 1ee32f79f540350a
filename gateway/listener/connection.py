"""One client connection on aiohttp's server, with a strict guard before its parser.

aiohttp reads requests and calls the handler; the handler may write its response's bytes itself
(`write`, `drained`) and return `Written`. Its own parser's errors and the guard's faults come to
one hook, so that a request that no handler saw is on record too (threat row 15).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestHandler

from gateway.errors import ClientError, GatewayError
from gateway.listener.guard import FramingGuard

_LINGER = 1.0
Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
Unread = Callable[["Connection", GatewayError], bytes]
"""Puts a request that could not be read on record, and gives the reply's bytes."""


class Connection(RequestHandler):
    """aiohttp's connection with a framing guard, a deadline for heads and raw writes.

    `lost` is called once when the client goes away while a handler runs; the handler sets it.
    """

    __slots__ = ("_deadline", "_guard", "_refused", "_server", "lost", "peer", "tunnel")

    def __init__(self, server: Listener, **kwargs: Any) -> None:
        super().__init__(server, loop=asyncio.get_running_loop(), **kwargs)
        self._server = server
        self._guard = FramingGuard(server.max_head)
        self._deadline: asyncio.TimerHandle | None = None
        self._refused = False
        self.peer = ""
        self.lost: Callable[[], None] | None = None
        self.tunnel: Callable[[bytes], None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the peer's address; a Unix socket's peer has none."""
        address = transport.get_extra_info("peername")
        self.peer = address[0] if isinstance(address, tuple) else ""
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Tell the running handler, so that what it holds at the app is let go."""
        self._stop_deadline()
        lost, self.lost = self.lost, None
        super().connection_lost(exc)
        if lost is not None:
            lost()

    def data_received(self, data: bytes) -> None:
        """Show the bytes to the guard, then to aiohttp's parser, or to the tunnel."""
        if self.tunnel is not None:
            self.tunnel(data)
            return
        if self._refused:
            return
        if data:
            try:
                self._guard.feed(data)
            except ClientError as fault:
                self._refuse(fault)
                return
            if self._guard.waits_for_head:
                self._start_deadline()
            elif self._deadline is not None:
                self._stop_deadline()
        super().data_received(data)
        if self._guard.blind:  # no request may come behind it, whatever it is answered
            self.close()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what aiohttp's own parser refused, or an error that no stage caught."""
        if isinstance(exc, HttpProcessingError):
            fault: GatewayError = ClientError(
                "malformed_request",
                "The request could not be read without doubt.",
                "Nothing was sent to the app. If a program made this request, mend it there.",
            )
        else:
            self._server.on_crash(exc)
            fault = GatewayError(
                "internal_error",
                "The gateway met an error of its own, so it did not go on.",
                "Tell the platform team; the gateway's log has the details.",
            )
        if request.writer.output_size == 0 and self.transport is not None:
            self.transport.write(self._server.unread(self, fault))
        return Written(keep_alive=False)

    def write(self, data: bytes) -> None:
        """Send bytes to the client; what is written after it has gone is dropped."""
        if self.transport is not None:
            self.transport.write(data)

    def write_all(self, parts: list[bytes]) -> None:
        """Send several pieces with one call."""
        if self.transport is not None:
            self.transport.writelines(parts)

    async def drained(self) -> None:
        """Wait until the client has taken enough of what was written."""
        if self._paused:
            await self._drain_helper()

    @property
    def gone(self) -> bool:
        """The client has closed the connection."""
        return self.transport is None or self.transport.is_closing()

    def cut(self) -> None:
        """Close at once, without a clean end: what was sent must not look complete (law 10)."""
        transport = self.transport
        if transport is not None:
            self.force_close()
            if isinstance(transport, asyncio.Transport):
                transport.abort()

    def open_tunnel(self, take: Callable[[bytes], None]) -> None:
        """From now on give the client's bytes to `take`; aiohttp reads no more requests."""
        early, self._message_tail = self._message_tail, b""
        self.tunnel = take
        if early:
            take(early)

    def _start_deadline(self) -> None:
        if self._deadline is None:
            loop = asyncio.get_running_loop()
            self._deadline = loop.call_later(self._server.head_timeout, self._too_slow)

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        seconds = self._server.head_timeout
        self._refuse(
            ClientError(
                "head_timeout",
                f"The request's head did not arrive within {seconds:g} seconds.",
                "Try again.",
                status=408,
            )
        )

    def _refuse(self, fault: ClientError) -> None:
        """Answer a request that no handler gets, and close; a running handler is told."""
        self._refused = True
        self._stop_deadline()
        reply = self._server.unread(self, fault)
        if self.transport is None:
            return
        if self._request_in_progress:
            self.cut()
            return
        self.transport.write(reply)
        # What the client still sends is read and dropped for a moment: closing on unread bytes
        # would reset the connection, and the reply with it.
        if isinstance(self.transport, asyncio.Transport) and self.transport.can_write_eof():
            self.transport.write_eof()
        self._deadline = asyncio.get_running_loop().call_later(_LINGER, self.force_close)


class Written(web.StreamResponse):
    """Tells aiohttp that the response's bytes are written already."""

    def __init__(self, *, keep_alive: bool) -> None:
        super().__init__()
        self._stays = keep_alive

    @property
    def keep_alive(self) -> bool | None:
        """Whether the connection may carry another request."""
        return self._stays

    async def prepare(self, request: web.BaseRequest) -> None:
        """Nothing to send."""

    async def write_eof(self, data: bytes | bytearray | memoryview = b"") -> None:
        """Nothing to send."""


STAYS = Written(keep_alive=True)
CLOSES = Written(keep_alive=False)


class Listener(web.Server):
    """aiohttp's server whose connections are `Connection`s.

    Args:
        handler: serves each request that was read.
        unread: see `Unread`.
        on_crash: logs an exception that no stage turned into a reply.
        max_head: bytes of a request's head; more is 431.
        head_timeout: seconds for a head, from its first byte.
        idle_timeout: seconds that a connection may wait for its next request.
    """

    def __init__(
        self,
        handler: Handler,
        *,
        unread: Unread,
        on_crash: Callable[[BaseException | None], None],
        max_head: int,
        head_timeout: float,
        idle_timeout: float,
    ) -> None:
        super().__init__(handler)
        self.unread = unread
        self.on_crash = on_crash
        self.max_head = max_head
        self.head_timeout = head_timeout
        self._options: dict[str, Any] = {
            "keepalive_timeout": idle_timeout,
            "auto_decompress": False,
            "access_log": None,
            "max_line_size": max_head,
            "max_field_size": max_head,
            "max_headers": 512,
            "lingering_time": 2.0,
        }

    def __call__(self) -> RequestHandler:
        """Make the protocol of a new connection."""
        return Connection(self, **self._options)
