"""One client connection: requests read strictly, answers written as exact bytes.

aiohttp's server accepts connections and ends them; the bytes in between are read by our own
`RequestReader`, so that one reader alone decides what a request is. The handler writes an app's
answer itself (`write`, `drained`), or has aiohttp write one of the gateway's own (`reply`).

A request that came whole may be served without a task: the server's `shortcut` takes it, and ends
it by `over`, or gives it to a handler after all by `hand_over`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from gateway.errors import ClientError, GatewayError
from gateway.listener.incoming import Incoming
from gateway.listener.request_reader import ClientRequest, RequestReader
from gateway.wire.alarm import Alarm

if TYPE_CHECKING:
    from gateway.listener.server import Listener

_LINGER = 2.0

Handler = Callable[["Connection", ClientRequest], Awaitable[bool]]
"""Serves one request; says whether the connection may carry another."""
Shortcut = Callable[["Connection", bytes], bool]
"""Is shown what came first on a connection that serves nothing; says whether it serves that."""


class Connection(Incoming):
    """A connection with strict reading, deadlines and raw writes; one request at a time.

    `lost` is called once when the client goes away while a handler runs; the handler sets it.
    `carried` is the id of the session that was on it last. `stopped`: the gateway stops, and could
    not wait for its end.
    """

    __slots__ = (
        "_alarm",
        "_asked",
        "_busy",
        "_deaf",
        "_ended",
        "_in_head",
        "_server",
        "carried",
        "lost",
        "peer",
        "stopped",
    )

    def __init__(self, server: Listener, **options: Any) -> None:
        super().__init__(server, write_timeout=server.write_timeout, **options)
        self._server = server
        self._alarm = Alarm(self._loop, self._ring)
        self._asked: tuple[ClientRequest, Handler] | None = None  # read, and not yet served
        self._busy = False  # a request was read, and its end is not yet reached
        self._ended: asyncio.Future[None] | None = None  # who waits for the connection's end
        self._deaf = False  # what still comes is dropped
        self._in_head = False
        self.carried = ""
        self.stopped = False
        self.peer = ""
        self.lost: Callable[[], object] | None = None

    # What the event loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the peer's address; a Unix socket's peer has none."""
        address = transport.get_extra_info("peername")
        self.peer = address[0] if isinstance(address, tuple) else ""
        server = self._server
        self._reader = RequestReader(server.max_head, peer=self.peer, scheme=server.scheme)
        self._alarm.set(server.idle_timeout)
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Tell the running handler, so that what it holds at the app is let go."""
        self._alarm.stop()
        lost, self.lost = self.lost, None
        super().connection_lost(exc)
        self.wake()
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(None)
        if lost is not None:
            lost()

    def data_received(self, data: bytes) -> None:
        """Take bytes of a request, of its body, of those behind it, or of a tunnel."""
        if self.tunnel is not None:
            self.tunnel(data)
        elif self._busy:
            self.take(data)
        elif not self._deaf:
            reader = self._reader
            try:
                if not reader.waits and self._server.shortcut(self, data):
                    return
            except Exception as crash:  # noqa: BLE001  as in `_serve`
                self.crashed(crash)
                return
            reader.feed(data)
            self._look()

    # One request after the other.

    async def start(self) -> None:
        """Serve the connection's requests in order. aiohttp's server runs this as a task."""
        while (self._busy or not self._close) and not self._force_close:
            asked, self._asked = self._asked, None
            if asked is None:
                self._waiter = self._loop.create_future()  # aiohttp's `close` cancels it
                try:
                    await self._waiter
                except asyncio.CancelledError:
                    if self._force_close or not self._close:
                        raise
                finally:
                    self._waiter = None
            elif await self._serve(*asked):
                self._next()
            else:
                break
        self._part()

    # One request without a task.

    def busy(self) -> None:
        """A request came, and is being served."""
        self._busy = True
        self._written = False

    def answer(self, data: bytes) -> bool:
        """Write all of an answer; say whether the client takes it: wait for it in a task, if not.

        Its next request may come when it does.
        """
        transport = self.transport
        if transport is None or transport.is_closing():
            return True  # `lost` was called, or will be
        self._written = True
        transport.write(data)
        if self._paused or transport.get_write_buffer_size():
            return False
        self.lost = None
        self._next()
        if self._close:
            self._rouse()
        return True

    def hand_over(self, request: ClientRequest, handler: Handler) -> None:
        """Have a request served by this handler, in the connection's task; `lost` stays."""
        self._alarm.off()  # it counted on an answer at once
        self._asked = (request, handler)
        self._rouse()

    def crashed(self, crash: Exception) -> None:
        """Answer a request that a shortcut failed to serve."""
        lost, self.lost = self.lost, None
        if lost is not None:
            lost()
        self._busy = False
        self._answer_crash(crash)
        self.close()

    def _next(self) -> None:
        self._busy = False
        if self._held_back:
            self.let_on()
        self._alarm.set(self._server.idle_timeout)
        if self._reader.held and not self._close:
            self._look()

    def _rouse(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _serve(self, request: ClientRequest, handler: Handler) -> bool:
        """Have a request answered; say whether there may be another, whose bytes come next."""
        try:
            stays = await handler(self, request)
        except Exception as crash:  # noqa: BLE001  whatever it is, the client gets an answer
            self._answer_crash(crash)
            return False
        finally:
            self.lost = None
        if not stays or not request.keep_alive or request.upgrade:
            return False
        # Whoever asks and never reads is not read on.
        return (self._reader.complete or await self.skim(_LINGER)) and await self._has_room()

    def _answer_crash(self, crash: Exception) -> None:
        self._server.on_crash(crash)
        if self._written:
            self.cut()  # what was begun must not look complete (law 10)
        else:
            self.write(self._server.unread(self, _crashed()))

    async def _has_room(self) -> bool:
        try:
            await self.drained()
        except ConnectionError:
            return False
        return True

    def _look(self) -> None:
        """See whether another request has come."""
        try:
            request = self._reader.head()
        except ClientError as fault:
            self._refuse(fault)
            return
        if request is None:
            if self._reader.held and not self._in_head:
                self._in_head = True
                self._alarm.set(self._server.head_timeout)
            return
        self._alarm.off()
        self._in_head = False
        self.busy()
        self._asked = (request, self._server.handler)
        self._rouse()

    def _part(self) -> None:
        """Close, when what was written is sent.

        What the client still sends is read and dropped for a moment before: closing on unread
        bytes would reset the connection, and the reply with it.
        """
        transport = self.transport
        self._deaf = True
        self._busy = self._in_head = False
        if transport is None:
            return
        if self.tunnel is not None or self._reader.complete:
            transport.close()
            self._alarm.set(self._server.write_timeout)
            return
        self.let_on()
        if transport.can_write_eof():
            transport.write_eof()
        unsent = transport.get_write_buffer_size()
        self._alarm.set(self._server.write_timeout if unsent else _LINGER)

    async def shutdown(self, timeout: float | None = 15.0) -> None:  # noqa: ASYNC109  aiohttp's
        """Close when the request under way is answered, or after `timeout` seconds."""
        task = self._task_handler
        if self.transport is not None:
            self._ended = self._loop.create_future()
            self.close()
            await asyncio.wait((self._ended,), timeout=timeout)
            self.stopped = True
        self.cut()
        if task is not None:
            task.cancel()

    def cancel_when_lost(self) -> None:
        """From now on the client's going away cancels the handler."""
        task = self._task_handler
        self.lost = task.cancel if task is not None else None

    # Inside.

    def _ring(self) -> None:
        if self._in_head:
            seconds = self._server.head_timeout
            self._refuse(
                ClientError(
                    "head_timeout",
                    f"The request's head did not arrive within {seconds:g} seconds.",
                    "Try again.",
                    status=408,
                )
            )
        elif self.transport is not None and self.transport.get_write_buffer_size():
            self.cut()  # it takes nothing
        elif not self._busy:
            self.force_close()

    def _refuse(self, fault: ClientError) -> None:
        """Answer a request that no handler gets, and close."""
        self._in_head = False
        self._deaf = True
        self.write(self._server.unread(self, fault))
        if self.transport is not None and self.transport.can_write_eof():
            self.transport.write_eof()
        self._alarm.set(_LINGER)


def _crashed() -> GatewayError:
    return GatewayError(
        "internal_error",
        "The gateway met an error of its own, so it did not go on.",
        "Tell the platform team; the gateway's log has the details.",
    )
