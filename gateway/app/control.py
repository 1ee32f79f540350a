"""What a supervisor and a worker say to each other: a line of JSON each, over a socket pair.

The worker's end is closed by the kernel when it ends, and the supervisor's when that ends.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from gateway.app.metrics import Metrics
from gateway.config import Config
from gateway.model import Frozen

_LONGEST = 16 << 20
"""Bytes of a message: the writers of some hundred thousand processes."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker is started with.

    `config` is the supervisor's own, as it read it, with the address of the store that it found or
    started. `sockets` and `control` are descriptors that the worker inherits.
    """

    config: Config
    number: int
    count: int
    supervisor: int
    sockets: tuple[int, ...]
    control: int


class Share(Frozen, frozen=True, kw_only=True, tag=True):
    """Take connections from the sockets of these numbers, and of no others."""

    sockets: tuple[int, ...]


class HaveEnded(Frozen, frozen=True, kw_only=True, tag=True):
    """These writers are dead: close what they left open."""

    writers: tuple[str, ...]


class Ask(Frozen, frozen=True, kw_only=True, tag=True):
    """Tell how you are; `ready`: see whether acting on behalf works, too."""

    number: int
    ready: bool


class Serving(Frozen, frozen=True, kw_only=True, tag=True):
    """I am there, and put on record as this writer."""

    writer: str


class Leaving(Frozen, frozen=True, kw_only=True, tag=True):
    """I take no more connections, and end when those that I have are done."""


class Failed(Frozen, frozen=True, kw_only=True, tag=True):
    """I cannot start, or go on, and end."""

    code: str
    detail: str
    advice: str


class Told(Frozen, frozen=True, kw_only=True, tag=True):
    """The answer to the `Ask` of this number; 0: nobody asked."""

    number: int
    metrics: Metrics
    unready: str


Order = Share | HaveEnded | Ask
News = Serving | Leaving | Failed | Told
_Said = TypeVar("_Said")


class Channel(Generic[_Said]):
    """One end. Iterating it gives what the other end says, until that is closed."""

    def __init__(
        self, kind: object, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._decode = msgspec.json.Decoder(kind).decode
        self._reader = reader
        self._writer = writer

    @classmethod
    async def over(cls, kind: object, opened: socket.socket) -> Channel[_Said]:
        """Make one over a connected socket, on which messages of `kind` arrive."""
        return cls(kind, *await asyncio.open_connection(sock=opened, limit=_LONGEST))

    def say(self, message: Order | News) -> None:
        """Send a message; nothing when nobody listens any more."""
        if not self._writer.is_closing():
            self._writer.write(msgspec.json.encode(message) + b"\n")

    async def __aiter__(self) -> AsyncIterator[_Said]:
        try:
            while (line := await self._reader.readline()).endswith(b"\n"):  # else it was cut short
                yield self._decode(line)
        except ConnectionError:
            return

    async def close(self) -> None:
        """Close this end, when all is sent."""
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except ConnectionError:
            return
