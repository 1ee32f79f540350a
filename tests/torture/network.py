"""A stretch of network between two programs here, which can be cut, slowed and stalled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

Connect = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]
_AT_ONCE = 16384


@dataclass(eq=False)
class _Pair:
    """One connection through it: from who came, to where it leads."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    dead: bool = False
    """Nothing passes any more, and the near side is not told."""

    def abort(self) -> None:
        self.near.transport.abort()
        self.far.transport.abort()


@dataclass
class Network:
    """Carries connections to where `connect` leads. Acts may overlap; each undoes its own."""

    connect: Connect
    port: int = 0
    delays: list[float] = field(default_factory=list)
    _pairs: set[_Pair] = field(default_factory=set)
    _tearing: bool = False
    _stalls: int = 0
    _passing: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self) -> asyncio.Server:
        """Listen; `port` says where."""
        self._passing.set()
        server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def cut(self, seconds: float) -> None:
        """Reset every connection, at once."""
        for pair in list(self._pairs):
            pair.abort()

    async def tear(self, seconds: float) -> None:
        """Reset every connection in the middle of the next bytes, or when the act is over."""
        self._tearing = True
        pairs = list(self._pairs)
        await asyncio.sleep(seconds)
        self._tearing = False
        for pair in pairs:
            pair.abort()

    async def delay(self, seconds: float) -> None:
        """Let all bytes come late for a while."""
        late = seconds / 20
        self.delays.append(late)
        await asyncio.sleep(seconds)
        self.delays.remove(late)

    async def stall(self, seconds: float) -> None:
        """Let nothing pass for a while; then all of it."""
        self._stalls += 1
        self._passing.clear()
        await asyncio.sleep(seconds)
        self._stalls -= 1
        if not self._stalls:
            self._passing.set()

    async def lose(self, seconds: float) -> None:
        """Let the far side see every connection reset, and the near side nothing for a while."""
        pairs = list(self._pairs)
        for pair in pairs:
            pair.dead = True
            pair.far.transport.abort()
        try:
            await asyncio.sleep(seconds)
        finally:
            for pair in pairs:
                pair.abort()

    async def _carry(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        try:
            await self._passing.wait()
            far_reader, far = await self.connect()
        except OSError:
            near.transport.abort()
            return
        pair = _Pair(near, far)
        self._pairs.add(pair)
        try:
            await asyncio.gather(self._pump(pair, reader, far), self._pump(pair, far_reader, near))
        except OSError:
            pass
        finally:
            if not pair.dead:
                pair.abort()
            self._pairs.discard(pair)

    async def _pump(
        self, pair: _Pair, reader: asyncio.StreamReader, out: asyncio.StreamWriter
    ) -> None:
        while data := await reader.read(_AT_ONCE):
            await self._passing.wait()
            if self.delays:
                await asyncio.sleep(max(self.delays))
            if pair.dead:
                return
            if self._tearing:
                out.write(data[: len(data) // 2])
                with suppress(OSError):
                    await out.drain()
                raise ConnectionResetError
            out.write(data)
            await out.drain()
        if not pair.dead:
            out.write_eof()
