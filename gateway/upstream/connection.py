"""One connection to the app: bytes both ways, flow control both ways, one deadline."""

from __future__ import annotations

import asyncio
import select
from collections.abc import Callable, Iterable
from typing import Protocol, cast

from gateway.upstream.faults import cut_short, timed_out
from gateway.wire.alarm import Alarm


class Listener(Protocol):
    """Who is told what happens on a connection: the exchange that has it."""

    def received(self, data: bytes) -> None:
        """Bytes from the app."""

    def ended(self) -> None:
        """The app closed its side in good order."""

    def failed(self, error: Exception) -> None:
        """Nothing more will come; after a clean end this means nothing."""

    def expired(self) -> None:
        """The time set on `alarm` has come."""


class Connection(asyncio.Protocol):
    """A connection, idle while `listener` is None.

    Bytes that arrive while it is idle close it: whatever they are, nobody asked for them, and the
    next request must not get them as its response (threat 18).
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, on_lost: Callable[[Connection], None]
    ) -> None:
        self.loop = loop
        self.listener: Listener | None = None
        self.paused = False  # we take no more from the app
        self.alarm = Alarm(loop, self._ring)
        self._on_lost = on_lost
        self._readable = select.poll()
        self._full = False  # the app takes no more from us
        self._room: asyncio.Future[None] | None = None

    # What the event loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is open, TLS included."""
        self._transport = cast("asyncio.Transport", transport)
        self._readable.register(transport.get_extra_info("socket").fileno(), select.POLLIN)

    def data_received(self, data: bytes) -> None:
        """Bytes came, asked for or not."""
        if self.listener is None:
            self.abort()
        else:
            self.listener.received(data)

    def eof_received(self) -> None:
        """The app will send no more."""
        # Under TLS, uvloop calls this for a close_notify only: a connection that was cut goes
        # straight to connection_lost, so that a cut body is not taken for a whole one (law 10).
        if self.listener is not None:
            self.listener.ended()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed, from either side."""
        self.alarm.stop()
        if self._room is not None and not self._room.done():
            self._room.set_result(None)
        if self.listener is not None:
            self.listener.failed(cut_short("before its response was complete"))
        self._on_lost(self)

    def pause_writing(self) -> None:
        """More waits to be sent than should."""
        self._full = True

    def resume_writing(self) -> None:
        """There is room for more."""
        self._full = False
        if self._room is not None and not self._room.done():
            self._room.set_result(None)

    def _ring(self) -> None:
        if self.listener is None:
            self.abort()
        else:
            self.listener.expired()

    # What its user asks.

    def is_settled(self) -> bool:
        """Whether it is open, and all that was written is sent."""
        return not self._transport.is_closing() and self._transport.get_write_buffer_size() == 0

    def is_quiet(self) -> bool:
        """Whether it is open, and nothing is there to be read.

        The poll sees what the loop has not yet: an end, or an early response, that came in since
        the last turn. So a request is hardly ever written to a connection that the app has left,
        and never to one that holds the response to it already.
        """
        return not self._transport.is_closing() and not self._readable.poll(0)

    def write(self, data: bytes) -> None:
        """Send `data`; see `drain`."""
        self._transport.write(data)

    def write_all(self, parts: Iterable[bytes]) -> None:
        """Send `parts` in order; see `drain`."""
        self._transport.writelines(parts)

    async def drain(self, patience: float) -> None:
        """Wait until the app has taken enough of what was written for more to be written.

        Raises:
            UpstreamError: `upstream_timeout` after `patience` seconds, `upstream_cut_short` when
                the connection is gone.
        """
        if self._full and not self._transport.is_closing():
            self._room = self.loop.create_future()
            try:
                async with asyncio.timeout(patience):
                    await self._room
            except TimeoutError:
                raise timed_out("to take what was sent") from None
            finally:
                self._room = None
        if self._transport.is_closing():
            raise cut_short("before it had taken the whole request")

    def pause(self) -> None:
        """Take no more from the app until `resume`."""
        if not self.paused and not self._transport.is_closing():
            self.paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        """Take from the app again."""
        if self.paused:
            self.paused = False
            if not self._transport.is_closing():
                self._transport.resume_reading()

    def finish(self, patience: float) -> None:
        """Close when all that was written is sent, or after `patience` seconds."""
        self.listener = None
        self._transport.close()
        self.alarm.set(patience)

    def abort(self) -> None:
        """Close now."""
        self._transport.abort()
