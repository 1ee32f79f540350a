"""One exchange with the app, from the request's first byte to the response's last."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from gateway.errors import UpstreamError
from gateway.model import ResponseHead
from gateway.upstream.connection import Connection
from gateway.upstream.faults import abandoned, timed_out
from gateway.upstream.pool import Pool
from gateway.upstream.request_body import send_body
from gateway.upstream.response_reader import ResponseReader
from gateway.upstream.settings import UpstreamSettings

_ROOM = 65536  # bytes that may wait here for `read` before the app is asked to wait


class UpstreamResponse:
    """A response whose head has arrived and whose body is read piece by piece.

    `head` is as the app sent it, fields of one hop included; a header that frames the body was
    applied, and is not for passing on. `length` is the body's size in bytes; None when only its
    end tells. Nothing is decoded but chunks.

    The clock runs only while somebody waits for the app and the app has all of the request.
    """

    head: ResponseHead
    length: int | None

    # Defaults of the class cost a request nothing.
    _piece = b""  # what has come and was not read
    _failure: Exception | None = None
    _waiter: asyncio.Future[None] | None = None
    _sending: asyncio.Task[None] | None = None
    _sent = True

    def __init__(
        self, pool: Pool, connection: Connection, reader: ResponseReader, settings: UpstreamSettings
    ) -> None:
        self._pool = pool
        self._connection: Connection | None = connection
        self._reader = reader
        self._settings = settings
        self._patience: float | None = settings.total_timeout
        connection.listener = self

    # What the upstream does with it.

    def start(
        self, head: bytes, body: bytes | AsyncIterator[bytes] | None, length: int | None
    ) -> None:
        """Write the request; a streamed `body` goes on being written by a task of its own."""
        connection = self.lent()
        connection.write(head)
        if isinstance(body, bytes):
            connection.write(body)
        elif body is not None:
            self._sent = False
            self._sending = asyncio.create_task(self._send(connection, body, length))

    async def answered(self) -> None:
        """Wait for the head, and give up the exchange when it does not come.

        Raises:
            UpstreamError: as `Upstream.send`.
            Whatever the request's body raised.
        """
        reader = self._reader
        try:
            self.lent()
            while (head := reader.head) is None:
                await self._news()
        except BaseException:
            self.close()
            await self._stop_sending()
            raise
        self.head = head
        self.length = reader.framing.length
        self._patience = None if reader.framing.silent else self._settings.read_timeout

    # What its user does with it.

    def whole(self) -> bytes | None:
        """The whole body, when all of it has come and nothing of it was read; else None."""
        if self._failure is not None or not self._reader.done or self._sending is not None:
            return None
        piece, self._piece = self._piece, b""
        return piece

    async def read(self) -> bytes:
        """The next bytes of the body, as many as have come; b"" at its clean end.

        Raises:
            UpstreamError: the rest cannot be had; what was read is not a whole body (law 10).
            Whatever the request's body raised, when it broke off after the response began.
        """
        while True:
            connection = self.lent()
            if self._piece:
                piece, self._piece = self._piece, b""
                connection.resume()
                return piece
            if self._reader.done:
                # An answer that did not wait for the whole request makes the rest of it pointless.
                if self._sending is not None:
                    await self._stop_sending()
                return b""
            await self._news()

    def close(self, flush_for: float = 0.0) -> None:
        """End the exchange, wherever it stands. Whoever waits in `read` gets an UpstreamError.

        The connection is kept for another request only if both messages were complete and nothing
        speaks against it; else it is closed, after `flush_for` seconds at most for what was
        written and is not yet sent.
        """
        connection = self._connection
        if connection is None:
            return
        self._connection = None
        if self._sending is not None:
            self._cut_request()
        keep_for = self._keep_for(connection)
        if flush_for > 0 and not keep_for:
            self._pool.leave(connection, flush_for)
        else:
            self._pool.give_back(connection, keep_for)
        if self._waiter is not None:
            self._wake()

    def lent(self) -> Connection:
        """The connection. Raises UpstreamError when the exchange failed, or was closed."""
        if self._failure is not None:
            raise self._failure
        if self._connection is None:
            raise abandoned()
        return self._connection

    # What the connection tells.

    def received(self, data: bytes) -> None:
        """Listener: read the bytes, and stop the app when nobody takes what they hold."""
        reader = self._reader
        unanswered = reader.head is None
        try:
            piece = reader.feed(data)
        except UpstreamError as error:
            self._fail(error)
            return
        if piece:
            self._piece += piece
        if reader.done:
            if self._sending is not None:
                self._cut_request()
        elif len(self._piece) > _ROOM and self._connection is not None:
            self._connection.pause()
        waiter = self._waiter
        if waiter is None or waiter.done():
            return
        if piece or reader.done or (unanswered and reader.head is not None):
            waiter.set_result(None)

    def ended(self) -> None:
        """Listener: an end that is clean only where the response may end so."""
        try:
            self._reader.eof()
        except UpstreamError as error:
            self._fail(error)
        else:
            self._wake()

    def failed(self, error: Exception) -> None:
        """Listener: the connection is gone, which is of no interest after the response's end."""
        if not self._reader.done:
            self._fail(error)

    def expired(self) -> None:
        """Listener: the app was silent for too long, which matters to whoever still waits."""
        if self._waiter is not None and not self._waiter.done():
            self._fail(timed_out("to answer" if self._reader.head is None else "to go on"))

    # Inside.

    async def _news(self) -> None:
        """Wait until more of the response is there, or the exchange is over."""
        connection = self.lent()
        self._waiter = connection.loop.create_future()
        if self._sent and self._patience is not None:
            connection.alarm.set(self._patience)
        else:
            connection.alarm.off()
        try:
            await self._waiter
        finally:
            self._waiter = None
        self.lent()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, error: Exception) -> None:
        if self._failure is None:
            self._failure = error
        self._piece = b""
        self._cut_request()
        if self._connection is not None:
            self._connection.abort()
        self._wake()

    def _keep_for(self, connection: Connection) -> float:
        """Seconds for which the connection may wait for another request; 0 if it must not."""
        if not (self._sent and self._failure is None and self._reader.reusable):
            return 0.0
        if not connection.is_settled():
            return 0.0
        return self._pool.keeps(self._reader.framing.keep_alive)

    async def _send(
        self, connection: Connection, body: AsyncIterator[bytes], length: int | None
    ) -> None:
        try:
            await send_body(connection, body, length, self._settings.read_timeout)
        except Exception as error:  # noqa: BLE001  raised again where the response is awaited
            self.failed(error)
        else:
            self._sent = True
            if self._waiter is not None and self._patience is not None:
                connection.alarm.set(self._patience)

    def _cut_request(self) -> None:
        """Read no more of the request's body."""
        # Once only: a second cancellation would break into what the body does on its way out.
        if self._sending is not None and not self._sending.cancelling():
            self._sending.cancel()

    async def _stop_sending(self) -> None:
        """Return when the request's body is no longer being read."""
        self._cut_request()
        if self._sending is not None and not self._sending.done():
            await asyncio.wait([self._sending])
