"""Responses on their way to the client: framed by ourselves, and never complete when cut short."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import UpstreamError
from gateway.listener.connection import Connection
from gateway.listener.request_reader import ClientRequest
from gateway.listener.server import Listener
from gateway.model import ResponseHead
from gateway.relay import ClientGone, Framing, head_bytes, relay

HEAD = ResponseHead(status=200, reason=b"OK", headers=())


class Body:
    """Pieces of a body; an error among them is raised."""

    def __init__(self, pieces: Iterable[bytes | Exception]) -> None:
        self._pieces = iter(pieces)

    async def read(self) -> bytes:
        piece = next(self._pieces, b"")
        if isinstance(piece, Exception):
            raise piece
        return piece


@pytest.mark.parametrize(
    ("method", "status", "length", "http10", "field", "keeps"),
    [
        ("GET", 200, 5, False, b"Content-Length: 5\r\n", True),
        ("GET", 200, 0, False, b"Content-Length: 0\r\n", True),
        ("GET", 200, None, False, b"Transfer-Encoding: chunked\r\n", True),
        ("GET", 200, None, True, b"", False),
        ("GET", 200, 5, True, b"Content-Length: 5\r\n", True),
        ("HEAD", 200, 5, False, b"Content-Length: 5\r\n", True),
        ("HEAD", 200, None, True, b"", True),
        ("GET", 204, 0, False, b"", True),
        ("GET", 304, 5, False, b"Content-Length: 5\r\n", True),
        ("GET", 304, None, False, b"", True),
    ],
)
def test_framing(
    method: str, status: int, length: int | None, http10: bool, field: bytes, keeps: bool
) -> None:
    framing = Framing(method, status, length, http10=http10, keep_alive=True)
    assert (framing.field, framing.keep_alive) == (field, keeps)
    assert framing.end == (b"0\r\n\r\n" if b"chunked" in field else b"")


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=6))
def test_chunks_read_back_are_the_body(pieces: list[bytes]) -> None:
    framing = Framing("GET", 200, None, http10=False, keep_alive=True)
    wire = b"".join(b"".join(framing.frame(piece)) for piece in pieces) + framing.end
    body = b""
    while size := int(wire.partition(b"\r\n")[0], 16):
        start = wire.index(b"\r\n") + 2
        body += wire[start : start + size]
        assert wire[start + size : start + size + 2] == b"\r\n"
        wire = wire[start + size + 2 :]
    assert (body, wire) == (b"".join(pieces), b"0\r\n\r\n")


@pytest.mark.parametrize(
    ("http10", "keep_alive", "line"),
    [(False, True, b""), (False, False, b"Connection: close"), (True, True, b"keep-alive")],
)
def test_a_head_says_what_becomes_of_the_connection(
    http10: bool, keep_alive: bool, line: bytes
) -> None:
    framing = Framing("GET", 200, 2, http10=http10, keep_alive=keep_alive)
    head = head_bytes(HEAD, b"X-A: 1\r\n", framing)
    assert head.startswith(b"HTTP/1.1 200 OK\r\nX-A: 1\r\n")
    assert head.endswith(b"Content-Length: 2\r\n\r\n")
    assert (line in head) if line else (b"Connection" not in head)


@asynccontextmanager
async def serving(body: Body, length: int | None, ended: list[object]) -> AsyncIterator[int]:
    """A listener that answers with this body; what `relay` gave or raised goes into `ended`."""

    async def handle(connection: Connection, request: ClientRequest) -> bool:
        framing = Framing("GET", 200, length, http10=False, keep_alive=False)
        try:
            ended.append(await relay(connection, head_bytes(HEAD, b"", framing), body, framing))
        except (UpstreamError, ClientGone) as error:
            ended.append(error)
            return False
        return framing.keep_alive

    listener = Listener(
        handle,
        unread=lambda connection, error: b"",
        on_crash=lambda error: ended.append(error),
        scheme="http",
        max_head=4096,
        head_timeout=5,
        idle_timeout=5,
        write_timeout=5,
    )
    server = await asyncio.get_running_loop().create_server(listener, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await listener.shutdown(1)


async def fetch(port: int) -> bytes:
    """Everything that comes, and `<cut>` where it did not end cleanly."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    got = b""
    try:
        while data := await reader.read(65536):
            got += data
    except ConnectionError:
        got += b"<cut>"
    writer.close()
    return got


async def test_a_body_is_relayed_and_counted() -> None:
    ended: list[object] = []
    async with serving(Body([b"hello ", b"world"]), 11, ended) as port:
        answer = await fetch(port)
    assert answer.endswith(b"\r\n\r\nhello world")
    assert ended == [11]


@pytest.mark.threat(19)
@pytest.mark.parametrize("length", [None, 100])
async def test_row_19_what_the_app_breaks_off_is_cut(length: int | None) -> None:
    ended: list[object] = []
    fault = UpstreamError("broken", "It broke off.")
    async with serving(Body([b"hello", fault]), length, ended) as port:
        answer = await fetch(port)
    assert not answer.endswith(b"0\r\n\r\n")
    assert ended == [fault]


async def test_an_error_before_the_first_byte_leaves_the_answer_to_the_caller() -> None:
    ended: list[object] = []
    fault = UpstreamError("broken", "It broke off.")
    async with serving(Body([fault]), None, ended) as port:
        answer = await fetch(port)
    assert answer == b""
    assert ended == [fault]
