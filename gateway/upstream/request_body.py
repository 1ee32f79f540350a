"""A request's body on its way to the app, at the pace at which the app takes it."""

from __future__ import annotations

from collections.abc import AsyncIterator

from gateway.upstream.connection import Connection
from gateway.upstream.faults import unsafe_request


async def send_body(
    connection: Connection, body: AsyncIterator[bytes], length: int | None, patience: float
) -> None:
    """Write all of `body`: as it is when its `length` is known, else in chunks.

    Raises:
        UpstreamError: the app took nothing for `patience` seconds, or is gone.
        GatewayError: `unsafe_request`; the body is not `length` bytes, so that the rest of it
            could be read as a request of its own.
        Whatever `body` raises.
    """
    if length is None:
        await _send_chunked(connection, body, patience)
        return
    left = length
    async for piece in body:
        left -= len(piece)
        if left < 0:
            raise unsafe_request("its body is longer than its Content-Length")
        connection.write(piece)
        await connection.drain(patience)
    if left:
        raise unsafe_request("its body is shorter than its Content-Length")


async def _send_chunked(
    connection: Connection, body: AsyncIterator[bytes], patience: float
) -> None:
    async for piece in body:
        if piece:  # an empty chunk would be the last one
            connection.write_all((b"%x\r\n" % len(piece), piece, b"\r\n"))
            await connection.drain(patience)
    connection.write(b"0\r\n\r\n")
