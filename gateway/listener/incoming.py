"""What comes from a client behind a request's head: its body, or a tunnel's bytes, as they come.

`gateway.listener.connection` puts in what the client sends; handlers take it out, at their pace.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web

from gateway.errors import ClientError
from gateway.listener.answering import Answering
from gateway.listener.request_reader import RequestReader

_ROOM = 65536  # bytes that may wait here before the client is asked to wait
_MOST_DROPPED = 1 << 20


class Incoming(Answering):
    """A connection whose requests' bodies are read as they are wanted.

    `tunnel` takes what the client sends from `open_tunnel` on.
    """

    __slots__ = ("_awaited", "_held_back", "_reader", "tunnel")

    _reader: RequestReader

    def __init__(self, server: web.Server, *, write_timeout: float, **options: Any) -> None:
        super().__init__(server, write_timeout=write_timeout, **options)
        self._awaited: asyncio.Future[None] | None = None  # whoever waits for more of a body
        self._held_back = False  # the client was asked to wait
        self.tunnel: Callable[[bytes], None] | None = None

    def take(self, data: bytes) -> None:
        """Take bytes that belong to the request under way, or come behind it."""
        self._reader.feed(data)
        self.wake()
        if self._reader.held > _ROOM and not self._held_back:
            self._held_back = True
            self.pause_reading()

    async def read_body(self) -> bytes:
        """Give the next bytes of the request's body, as many as have come; b"" at its end.

        Raises:
            ClientError: 400; its framing is in doubt.
            ConnectionResetError: the client went away before its end.
        """
        reader = self._reader
        while True:
            piece = reader.body()
            if reader.held <= _ROOM:
                self.let_on()
            if piece or reader.complete:
                return piece
            await self._more()

    async def read_upgraded(self) -> bytes:
        """Give the bytes that came behind a request to upgrade, as many as have come.

        Raises:
            ConnectionResetError: the client went away.
        """
        while not (data := self._reader.rest()):
            self.let_on()
            await self._more()
        return data

    def open_tunnel(self, take: Callable[[bytes], None]) -> None:
        """From now on give the client's bytes to `take`; no more requests are read."""
        self.tunnel = take
        if early := self._reader.rest():
            take(early)
        self.let_on()

    async def skim(self, seconds: float) -> bool:
        """Drop what is left of a body that nobody wanted; say whether its end was found."""
        dropped = 0
        try:
            async with asyncio.timeout(seconds):
                while dropped <= _MOST_DROPPED and (piece := await self.read_body()):
                    dropped += len(piece)
        except (ClientError, ConnectionError, TimeoutError):
            return False
        return self._reader.complete

    def wake(self) -> None:
        """Let who waits for more look again."""
        if self._awaited is not None and not self._awaited.done():
            self._awaited.set_result(None)

    def let_on(self) -> None:
        """Let the client go on, if it was asked to wait."""
        if self._held_back:
            self._held_back = False
            self.resume_reading()

    async def _more(self) -> None:
        """Wait until more of the request has come."""
        if self.gone:
            raise ConnectionResetError("the client went away")
        self._awaited = awaited = self._loop.create_future()
        try:
            await awaited
        finally:
            if self._awaited is awaited:
                self._awaited = None
