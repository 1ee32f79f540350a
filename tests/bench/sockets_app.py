"""An app for thousands of connections: small answers, endless bodies, and silent WebSockets."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

import uvloop

_PING, _PONG = 0x89, b"\x8a\x00"
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ", 2)[1]
            if path == b"/ws":
                _accept(writer, head)
                while data := await reader.read(1 << 12):
                    if data[0] == _PING:
                        writer.write(_PONG)
                return
            if path.startswith(b"/down/"):
                await _pour(writer, int(path.removeprefix(b"/down/")))
            elif path == b"/up":
                _answer(writer, str(await _drunk(reader, head)).encode())
            else:
                _answer(writer, b"ok")
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


def _accept(writer: asyncio.StreamWriter, head: bytes) -> None:
    key = _field(head, b"sec-websocket-key")
    accept = base64.b64encode(hashlib.sha1(key + _GUID).digest())
    writer.write(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


def _answer(writer: asyncio.StreamWriter, body: bytes) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


async def _pour(writer: asyncio.StreamWriter, size: int) -> None:
    writer.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
        b"Content-Length: %d\r\n\r\n" % size
    )
    piece = bytes(1 << 16)
    for _ in range(size // len(piece)):
        writer.write(piece)
        await writer.drain()


async def _drunk(reader: asyncio.StreamReader, head: bytes) -> int:
    size = left = int(_field(head, b"content-length"))
    while left:
        left -= len(await reader.read(min(left, 1 << 18)))
    return size


def _field(head: bytes, name: bytes) -> bytes:
    """The value of a header field."""
    lines = (line.partition(b":") for line in head.split(b"\r\n"))
    return next(value.strip() for field, _, value in lines if field.lower() == name)


def _run(pipe: Connection) -> None:
    async def run() -> None:
        server = await asyncio.start_server(_serve, "127.0.0.1", 0, backlog=4096)
        pipe.send(server.sockets[0].getsockname()[1])
        await asyncio.to_thread(pipe.recv)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())


@contextmanager
def sockets_app() -> Iterator[int]:
    """Run it in a process of its own; give its port."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(theirs,))
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send("stop")
        process.join(10)
        process.kill()
