"""Send planted values through a running gateway, and look at every byte that comes out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from tests.canaries import CANARY, CODINGS, UNREAD_CODINGS, Sample, leaks
from tests.e2e.harness import Entered, Running
from tests.e2e.recorder_app import RecorderApp, Seen

CHUNKINGS: Final = ("sized", "one chunk", "by 7", "byte by byte", "until close")
EVERY_CODING: Final[dict[str, Callable[[bytes], bytes]]] = CODINGS | UNREAD_CODINGS


class Case(NamedTuple):
    """One answer of the app."""

    sample: Sample
    coding: str
    chunking: str


async def sweep(gw: Running, app: RecorderApp, cases: Iterable[Case]) -> int:
    """Let the app give each answer in a session; say how many there were.

    Raises:
        AssertionError: a planted value came out, or what can be read was blocked.
    """
    session = await gw.enter()
    pieces: list[bytes] = []

    async def say(_seen: Seen, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            if not piece:
                writer.close()
                return
            writer.write(piece)

    app.answer = say
    count = 0
    for case in cases:
        count += 1
        sample, coding, chunking = case
        body = EVERY_CODING[coding](sample.body)
        pieces[:] = answer(sample.content_type, coding, body, chunking)
        wire = await received(gw, session, "gzip" if coding else "identity")
        named = sample.name, coding, chunking
        assert not leaks(wire), named
        reads = sample.readable and coding in CODINGS
        assert wire.startswith(b"HTTP/1.1 200" if reads else b"HTTP/1.1 502"), (named, wire[:300])
    return count


def answer(content_type: str | None, coding: str, body: bytes, chunking: str) -> list[bytes]:
    """An answer in the pieces in which the app writes it."""
    head = b"HTTP/1.1 200 OK\r\nX-Ssn: %b\r\nx-trace: %b\r\n" % ((CANARY.encode(),) * 2)
    if content_type is not None:
        head += b"Content-Type: %b\r\n" % content_type.encode()
    if coding:
        head += b"Content-Encoding: %b\r\n" % coding.encode()
    if chunking == "sized":
        return [head + b"Content-Length: %d\r\n\r\n" % len(body) + body]
    if chunking == "until close":
        return [head + b"Connection: close\r\n\r\n", body, b""]
    size = {"one chunk": len(body) or 1, "by 7": 7, "byte by byte": 1}[chunking]
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    framed = [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces]
    return [head + b"Transfer-Encoding: chunked\r\n\r\n", *framed, b"0\r\n\r\n"]


async def received(gw: Running, session: Entered, accept: str) -> bytes:
    """All bytes that the operator's browser receives."""
    reader, writer = await asyncio.open_connection("127.0.0.1", gw.port)
    head = (
        f"GET /x HTTP/1.1\r\nHost: {session.host}\r\nCookie: {session.cookie}\r\n"
        f"Connection: close\r\nAccept-Encoding: {accept}\r\n\r\n"
    )
    writer.write(head.encode())
    wire = b""
    try:
        while piece := await reader.read(1 << 16):
            wire += piece
    except ConnectionError:
        pass  # what turned out to be unreadable was cut
    finally:
        writer.close()
    return wire
