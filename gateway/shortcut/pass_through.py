"""An ordinary user's GET on the short way: sent, and waiting for its answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gateway.listener.connection import Connection
from gateway.middleware.response_to_client import pass_through_lines, told_length
from gateway.relay import Framing, head_bytes
from gateway.upstream.exchange import Answer
from gateway.upstream.response import UpstreamResponse
from gateway.wire.memory import Memory

Rest = Callable[[Connection, bytes, UpstreamResponse | None], None]
"""Has the rest of a request served by a task: its head, and what there is of an answer."""


class PassThrough:
    """One request on its way.

    Args:
        connection: the client's.
        head: the request's, as it came.
        rest: for an answer that does not come whole, and for a client that takes no more.
    """

    __slots__ = ("_connection", "_head", "_rest")

    def __init__(self, connection: Connection, head: bytes, rest: Rest) -> None:
        self._connection = connection
        self._head = head
        self._rest = rest

    def answered(self, answer: Answer, body: bytes) -> None:
        """Give the client the answer as it is."""
        connection = self._connection
        try:
            start, framing = _STARTS[answer]
            if framing.chunked:
                body = b"".join([*framing.frame(body), framing.end]) if body else framing.end
            if not connection.answer(start + body):
                self._rest(connection, self._head, None)
        except Exception as crash:  # noqa: BLE001  whatever it is, the client gets an answer
            connection.crashed(crash)

    def unfinished(self, response: UpstreamResponse) -> None:
        """Leave it to the long way."""
        self._connection.lost = response.close
        self._rest(self._connection, self._head, response)


def _start(answer: Answer) -> tuple[bytes, Framing]:
    """What the client gets before the body, and how that is framed."""
    head = answer.head
    length = told_length(head, "GET", answer.length if answer.length >= 0 else None)
    framing = Framing("GET", head.status, length, http10=False, keep_alive=True)
    return head_bytes(head, pass_through_lines(head), framing), framing


_STARTS: Final = Memory(_start, lambda answer: len(answer.head.headers))
