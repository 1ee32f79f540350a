"""One exchange with the app without a task, for an answer that comes whole.

Most answers to GET are there at once: head and body, of a known end, on a connection that stays.
Those are read here, by the readers of `UpstreamResponse` and with its strictness. Whatever is
otherwise, an error too, becomes an `UpstreamResponse`, which goes on where this stopped.
"""

from __future__ import annotations

from typing import Final, Protocol

from gateway.errors import UpstreamError
from gateway.model import ResponseHead
from gateway.upstream.body import Chunked
from gateway.upstream.connection import Connection
from gateway.upstream.faults import timed_out
from gateway.upstream.pool import Pool
from gateway.upstream.response import UpstreamResponse
from gateway.upstream.response_head import parse_head
from gateway.upstream.response_reader import ResponseReader
from gateway.upstream.settings import UpstreamSettings
from gateway.wire.memory import Memory

_END: Final = b"\r\n\r\n"
_CHUNKED: Final = -1
_LARGEST: Final = 4096  # bytes of a head


class Answer:
    """An answer's head, when its body has a known end and its connection stays.

    Heads of the same bytes are mostly the same object; two are equal only then.
    `length`: bytes of body, less than 0 where it comes in chunks. `keep_alive`: seconds for which
    the app keeps the connection, None where it does not say.
    """

    __slots__ = ("head", "keep_alive", "length")

    def __init__(self, head: ResponseHead, length: int, keep_alive: int | None) -> None:
        self.head = head
        self.length = length
        self.keep_alive = keep_alive


class User(Protocol):
    """Who made the request, and is told of its end once, by one of these."""

    def answered(self, answer: Answer, body: bytes) -> None:
        """The answer is there; its body is without chunks."""

    def unfinished(self, response: UpstreamResponse) -> None:
        """It did not come whole, or not at all: wait for `response.answered()`."""


class Exchange:
    """A request by GET, without a body, on a connection that was kept.

    Args:
        patience: bytes of a body of known length that may come in pieces.
    """

    __slots__ = ("_connection", "_held", "_patience", "_pool", "_settings", "_user")

    def __init__(
        self,
        pool: Pool,
        connection: Connection,
        user: User,
        settings: UpstreamSettings,
        patience: int,
    ) -> None:
        self._pool = pool
        self._connection = connection
        self._settings = settings
        self._user = user
        self._patience = patience
        self._held = b""

    def start(self, wire: bytes) -> None:
        """Write the request; once (law 4)."""
        connection = self._connection
        connection.listener = self
        connection.alarm.set(self._settings.total_timeout)
        connection.write(wire)

    def close(self) -> None:
        """Give it up, if it goes on here: nobody waits for the answer any more."""
        if self._connection.listener is self:  # else the connection is another's by now
            self._pool.give_back(self._connection, 0.0)

    def received(self, data: bytes) -> None:
        """Listener: read the answer, if this is all of it."""
        if self._held:
            data = self._held + data
        end = data.find(_END) + len(_END)
        body: bytes | None = data[end:]
        try:
            answer = _ANSWERS[data[:end]]
            if answer is not None and answer.length != len(data) - end:
                body = _unchunked(data[end:]) if answer.length < 0 else None
        except UpstreamError:  # the response meets it again, and tells it
            answer = body = None
        connection = self._connection
        if answer is not None:
            if body is not None and connection.is_settled():
                pool = self._pool
                pool.give_back(connection, pool.keeps(answer.keep_alive))
                self._user.answered(answer, body)
                return
            if len(data) - end < answer.length <= self._patience:
                self._held = data
                connection.alarm.set(self._settings.read_timeout)
                return
        self._held = data
        self._user.unfinished(self._response())

    def ended(self) -> None:
        """Listener: the app closed its side."""
        response = self._response()
        response.ended()
        self._user.unfinished(response)

    def failed(self, error: Exception) -> None:
        """Listener: the connection is gone."""
        response = self._response()
        response.failed(error)
        self._user.unfinished(response)

    def expired(self) -> None:
        """Listener: the app was silent for too long."""
        self.failed(timed_out("to go on" if self._held else "to answer"))

    def _response(self) -> UpstreamResponse:
        """Go on as a response, with what has come."""
        reader = ResponseReader("GET", self._settings.max_head)
        response = UpstreamResponse(self._pool, self._connection, reader, self._settings)
        if self._held:
            response.received(self._held)
        return response


def _unchunked(data: bytes) -> bytes | None:
    """Give the body, when `data` are all of its chunks and no more."""
    chunked = Chunked()
    body = chunked.feed(data)
    return body if chunked.done else None


def _read(block: bytes) -> Answer | None:
    """Read a head; None when its body's end, or its connection's, would have to be waited for.

    Raises:
        UpstreamError: `upstream_malformed`.
    """
    if not block.endswith(_END) or len(block) > _LARGEST:
        return None
    head, framing = parse_head(block, "GET")
    length = _CHUNKED if framing.chunked else framing.length
    if head.status < 200 or length is None or not framing.persistent or framing.silent:
        return None
    return Answer(head, length, framing.keep_alive)


_ANSWERS: Final = Memory(_read, len, widest=_LARGEST)
