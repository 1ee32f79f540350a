"""One end of a session's WebSocket: the client's or the app's, whole messages in and out.

Pings are answered here and go no further: what they carry is not looked at by anybody. A peer that
says nothing is asked by a ping of ours, so that nobody who has gone holds anything (law 10).
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress

from gateway.errors import Side, SocketClosed, UpstreamError
from gateway.wire.frames import Frame, FrameReader, Opcode, close_payload, frame_bytes

_MOST, _ENOUGH = 64, 1 << 16
"""Messages, and bytes of them, that are taken at once: nobody is served while they are read."""
QUIET = 25.0
"""Seconds of silence after which a peer is asked whether it is there; its answer may take twice
that, for it comes behind what it has yet to read."""
_HEARTBEAT = frozenset((Opcode.PING, Opcode.PONG))


class Gone(Exception):  # it is an event, not a fault
    """A peer went away without a close frame."""

    def __init__(self, side: Side) -> None:
        super().__init__(side)
        self.side = side


class End:
    """One end. One task receives; any may send.

    Args:
        side: whose end it is; the app is sent masked frames, and the client sends them.
        read: gives the next bytes from the peer, b"" when it has closed.
        write: sends bytes at once.
        drain: waits until the peer has taken enough of them.
        cap: the largest message from the peer in bytes.
        quiet: seconds that it may say nothing until it is asked.
    """

    def __init__(
        self,
        side: Side,
        *,
        read: Callable[[], Awaitable[bytes]],
        write: Callable[[bytes], None],
        drain: Callable[[], Awaitable[None]],
        cap: int,
        quiet: float = QUIET,
    ) -> None:
        self._side = side
        self._read = read
        self._write = write
        self._drain = drain
        self._quiet = quiet
        self._reader = FrameReader(masked=side is Side.CLIENT, cap=cap)
        self._fault: SocketClosed | None = None  # behind what is still to be given
        self._draining = asyncio.Lock()
        self._said_close = False

    async def receive(self) -> list[Frame]:
        """Give the peer's next messages, as many as have come; a close frame is the last.

        Raises:
            SocketClosed: what it sent cannot be read.
            Gone: it went away, or is silent and answers no ping.
        """
        while True:
            frames = self._come()
            pings = [frame for frame in frames if frame.opcode is Opcode.PING]
            for ping in pings:
                self.send(Opcode.PONG, ping.data)
            if pings:
                await self.drained()
            if said := [frame for frame in frames if frame.opcode not in _HEARTBEAT]:
                return said
            if self._fault is not None:
                fault, self._fault = self._fault, None
                raise fault
            if not frames:
                self._reader.feed(await self._more())

    def send(self, opcode: Opcode, data: bytes) -> None:
        """Send a frame; after our close frame nothing more is sent (RFC 6455, 5.5.1).

        Raises:
            Gone: the peer went away.
        """
        if self._said_close:
            return
        mask = secrets.token_bytes(4) if self._side is Side.UPSTREAM else b""
        try:
            self._write(frame_bytes(opcode, data, mask))
        except UpstreamError:
            raise Gone(self._side) from None

    async def drained(self) -> None:
        """Wait until the peer has taken enough of what was sent.

        Raises:
            Gone: it went away, or took nothing for too long.
        """
        async with self._draining:
            try:
                await self._drain()
            except (ConnectionError, UpstreamError):
                raise Gone(self._side) from None

    def close(self, code: int, reason: str) -> None:
        """Say goodbye, once; `closed` tells whether the peer was still there to hear it."""
        with suppress(Gone):
            self.send(Opcode.CLOSE, close_payload(code, reason))
        self._said_close = True

    async def closed(self, patience: float) -> bool:
        """Drop what comes until the peer's own close frame; say whether it came.

        Args:
            patience: seconds to wait for it.
        """
        with suppress(Gone, TimeoutError):
            async with asyncio.timeout(patience):
                while not self._reader.closed:
                    with suppress(SocketClosed):  # the reader drops what follows a fault
                        await self.receive()
        return self._reader.closed

    def _come(self) -> list[Frame]:
        """Take the frames that have come; what is wrong behind them is remembered."""
        frames: list[Frame] = []
        left = _ENOUGH
        try:
            while len(frames) < _MOST and left > 0 and (frame := self._reader.next()) is not None:
                frames.append(frame)
                left -= len(frame.data)
        except SocketClosed as fault:
            self._fault = fault
        return frames

    async def _more(self) -> bytes:
        try:
            async with asyncio.timeout(self._quiet):
                data = await self._next_bytes()
        except TimeoutError:
            self.send(Opcode.PING, b"")
            try:
                async with asyncio.timeout(2 * self._quiet):
                    data = await self._next_bytes()
            except TimeoutError:
                raise Gone(self._side) from None
        return data

    async def _next_bytes(self) -> bytes:
        try:
            data = await self._read()
        except (ConnectionError, UpstreamError):
            raise Gone(self._side) from None
        if not data:
            raise Gone(self._side)
        return data
