"""What goes to a client: exact bytes, at the client's pace, and a cut that shows.

The writing half of a connection; `incoming` is the reading one, and `connection` the whole.
"""

from __future__ import annotations

import asyncio
import fcntl
import socket
import struct
from typing import Any

from aiohttp import web
from aiohttp.http import StreamWriter

from gateway.listener.in_band import as_aiohttp
from gateway.listener.request_reader import ClientRequest

_SIOCOUTQNSD = 0x894B
"""Linux: the bytes of a socket that are still to be sent for the first time (tcp(7))."""


class Answering(web.RequestHandler):
    """aiohttp's connection with raw writes, an end to waiting, and a cut.

    Args:
        server: aiohttp's, which keeps count of its connections.
        write_timeout: seconds that a client may take nothing of what was written for it.
    """

    __slots__ = ("_write_timeout", "_written")

    def __init__(self, server: web.Server, *, write_timeout: float, **options: Any) -> None:
        super().__init__(server, loop=asyncio.get_running_loop(), **options)
        self._write_timeout = write_timeout
        self._written = False  # something of an answer to the request under way

    def write(self, data: bytes) -> None:
        """Send bytes to the client; what is written after it has gone is dropped."""
        self._written = True
        if self.transport is not None:
            self.transport.write(data)

    def interim(self, data: bytes) -> None:
        """Send an interim response (RFC 9110, 15.2); the final one is still to come."""
        if self.transport is not None:
            self.transport.write(data)

    def write_all(self, parts: list[bytes]) -> None:
        """Send several pieces, none of them empty, with one call."""
        self._written = True
        if self.transport is not None:
            self.transport.writelines(parts)

    @property
    def full(self) -> bool:
        """The client has not taken enough of what was written for more to be written."""
        return self._paused

    async def drained(self) -> None:
        """Wait until the client has taken enough of what was written.

        Raises:
            ConnectionResetError: it went away, or took nothing for too long, and was cut.
        """
        if self._paused:
            await self._drain_helper()

    async def _drain_helper(self) -> None:
        """aiohttp's way to wait for the client, with an end: who takes nothing is cut."""
        while self._paused and self.transport is not None:
            unsent = self.transport.get_write_buffer_size()
            try:
                async with asyncio.timeout(self._write_timeout):
                    await super()._drain_helper()
            except TimeoutError:
                self._drain_waiter = (
                    None  # the timeout cancelled it; aiohttp would wait for it again
                )
                if self.transport is None or self.transport.get_write_buffer_size() >= unsent:
                    self.cut()
        if self.gone:
            raise ConnectionResetError("the client went away, or takes nothing")

    @property
    def unsent(self) -> bool:
        """Some of what was written still waits here, or its client has gone."""
        transport = self.transport
        return transport is None or transport.is_closing() or transport.get_write_buffer_size() > 0

    @property
    def all_sent(self) -> bool:
        """All of what was written has left this machine; False where that cannot be told."""
        if self.unsent or self.transport is None:
            return False
        opened = self.transport.get_extra_info("socket")
        try:
            waiting = fcntl.ioctl(opened.fileno(), _SIOCOUTQNSD, bytes(4))
        except (OSError, AttributeError):
            return False
        return not any(waiting)

    async def flushed(self) -> None:
        """Wait until all that was written has been handed to the network.

        Raises:
            ConnectionResetError: as `drained`; some of it never will be.
        """
        transport = self.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client went away")
        if transport.get_write_buffer_size():
            transport.set_write_buffer_limits(0)
            await self._drain_helper()
            transport.set_write_buffer_limits()

    def as_aiohttp(self, request: ClientRequest, body: bytes = b"") -> web.BaseRequest:
        """Give a request as aiohttp's handlers take it."""
        return as_aiohttp(self, StreamWriter(self, self._loop), request, body)

    async def reply(self, asked: web.BaseRequest, response: web.StreamResponse) -> bool:
        """Send an answer of the gateway's own; say whether the connection may carry on.

        Behind what was begun there is none: that is cut (law 10).
        """
        if self.gone:
            return False
        if self._written:
            self.cut()
            return False
        self._written = True
        try:
            await response.prepare(asked)
            await response.write_eof()
        except ConnectionError:
            return False
        return bool(response.keep_alive)

    @property
    def gone(self) -> bool:
        """The client has closed the connection."""
        return self.transport is None or self.transport.is_closing()

    def cut(self) -> None:
        """Close at once, without a clean end: what was sent must not look complete (law 10)."""
        transport = self.transport
        if transport is not None:
            opened = transport.get_extra_info("socket")
            if opened is not None:  # a reset, so that an end by close is no clean one either
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
            self.force_close()

    def pause_reading(self) -> None:
        """Take no more from the client until `resume_reading`."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.pause_reading()

    def resume_reading(self, resume_parser: bool = True) -> None:
        """Take from the client again; `resume_parser` is aiohttp's, whose parser is not used."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.resume_reading()
