"""Move a response's bytes to the client, framed by ourselves, at the client's pace.

What is cut short never looks complete (law 10): a chunked body without its end, or fewer bytes than
Content-Length says, followed by the close of the connection.
"""

from __future__ import annotations

from typing import Protocol

from gateway.errors import GatewayError
from gateway.listener.connection import Connection
from gateway.listener.request_reader import ClientRequest
from gateway.model import ResponseHead

_LAST_CHUNK = b"0\r\n\r\n"


class Source(Protocol):
    """A response's body as it comes."""

    async def read(self) -> bytes:
        """Give the next bytes, b"" at a clean end."""
        ...


class Answered(Source, Protocol):
    """An app's answer, as `UpstreamResponse`."""

    head: ResponseHead
    length: int | None

    def whole(self) -> bytes | None:
        """Give the whole body, when all of it is there; else None."""
        ...


class Arrived:
    """An answer that is all there.

    Args:
        head, length: as `Answered`.
        body: all of it.
    """

    __slots__ = ("_body", "head", "length")

    def __init__(self, head: ResponseHead, length: int | None, body: bytes) -> None:
        self.head = head
        self.length = length
        self._body = body

    def whole(self) -> bytes | None:
        """As `Answered.whole`; once."""
        body, self._body = self._body, b""
        return body

    async def read(self) -> bytes:
        """As `Source.read`."""
        return self.whole() or b""


class ClientGone(Exception):  # it is an event, not a fault
    """The client closed the connection before the response was complete."""


class Framing:
    """How one response is framed for one client (RFC 9112, 6).

    Args:
        method: the request's; HEAD gets no body.
        status: the response's; 204 and 304 have none.
        length: the body's length in bytes, or None when only its end will tell.
        http10: the client speaks HTTP/1.0, so an unknown length is ended by closing.
        keep_alive: the client wants the connection kept.
    """

    __slots__ = ("bodyless", "chunked", "field", "http10", "keep_alive")

    def __init__(
        self, method: str, status: int, length: int | None, *, http10: bool, keep_alive: bool
    ) -> None:
        self.bodyless = method == "HEAD" or status in (204, 304)
        self.chunked = False
        self.http10 = http10
        self.keep_alive = keep_alive
        self.field = b""
        if length is not None and status != 204:
            self.field = b"Content-Length: %d\r\n" % length
        elif not self.bodyless:
            if http10:
                self.keep_alive = False
            else:
                self.chunked = True
                self.field = b"Transfer-Encoding: chunked\r\n"

    def frame(self, data: bytes) -> list[bytes]:
        """Give the pieces to write for some bytes of the body."""
        return [b"%x\r\n" % len(data), data, b"\r\n"] if self.chunked else [data]

    @property
    def end(self) -> bytes:
        """What ends the body."""
        return _LAST_CHUNK if self.chunked else b""


def framing_of(request: ClientRequest, status: int, length: int | None) -> Framing:
    """Say how a response is framed; an upgrade that was not made ends the connection."""
    return Framing(
        request.method,
        status,
        length,
        http10=request.http10,
        keep_alive=request.keep_alive and not request.upgrade,
    )


def head_bytes(head: ResponseHead, lines: bytes, framing: Framing) -> bytes:
    """Write a response's head for the client: its status line, these field lines, its framing."""
    connection = b""
    if not framing.keep_alive:
        connection = b"Connection: close\r\n"
    elif framing.http10:
        connection = b"Connection: keep-alive\r\n"
    return b"%b%b%b\r\n" % (head_start(head, lines), connection, framing.field)


def head_start(head: ResponseHead, lines: bytes) -> bytes:
    """Write a status line, and these field lines; more may follow."""
    return b"HTTP/1.1 %d %b\r\n%b" % (head.status, head.reason, lines)


async def relay(connection: Connection, head: bytes, source: Source, framing: Framing) -> int:
    """Send a head, with the first of a body that is still being read, and the rest of it.

    Returns:
        The number of the body's bytes, all of which were handed to the network.

    Raises:
        ClientGone: the client went away.
        GatewayError: the app, or the client's own body, broke off; the connection is cut, so that
            the client can tell. Uncut where nothing was sent: it can still be answered.
    """
    if framing.bodyless:
        await send(connection, [head])
        return 0
    sent = 0
    pieces = [head] if head else []
    try:
        while data := await source.read():
            pieces += framing.frame(data)
            sent += len(data)
            if connection.gone:
                raise ClientGone
            connection.write_all(pieces)
            head, pieces = b"", []
            await connection.drained()
    except (GatewayError, ConnectionError) as error:
        if head:  # nothing of the response has been sent: the caller can still answer
            raise
        gone = connection.gone
        connection.cut()
        if gone or isinstance(error, ConnectionError):
            raise ClientGone from None
        raise
    if framing.chunked:
        pieces.append(framing.end)
    await send(connection, pieces)
    return sent


async def relay_response(
    connection: Connection, head: bytes, response: Answered, framing: Framing
) -> int:
    """As `relay`, for an app's body as it is: the head waits for nothing."""
    body = None if framing.bodyless else response.whole()
    if body is None:
        if not framing.bodyless:
            connection.write(head)
            head = b""
        return await relay(connection, head, response, framing)
    pieces = [head, *framing.frame(body)] if body else [head]
    if framing.chunked:
        pieces.append(framing.end)
    await send(connection, pieces)
    return len(body)


async def send(connection: Connection, pieces: list[bytes]) -> None:
    """Write the last of a response, and wait until all of it is on its way.

    Raises:
        ClientGone: the client went away before.
    """
    if pieces:
        connection.write_all(pieces)
    if connection.unsent:
        try:
            await connection.flushed()
        except ConnectionError:
            raise ClientGone from None
