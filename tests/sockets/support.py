"""A WebSocket app and a client that send and see frames as they are on the wire."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from gateway.wire.frames import Frame, FrameReader, Opcode, close_payload, frame_bytes
from tests.e2e.harness import Entered, Running

CAP = 1 << 24
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
MASK = b"\x01\x80\xff\x37"
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept(key: bytes) -> bytes:
    return base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest())


@dataclass
class Peer:
    """One side of a WebSocket: what it was sent, and ways to send. `masks`: it is a client."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    masks: bool
    head: bytes = b""
    wire: bytearray = field(default_factory=bytearray)
    """Every byte behind the head."""

    def __post_init__(self) -> None:
        self._frames = FrameReader(masked=not self.masks, cap=CAP)

    def send(self, opcode: Opcode, data: bytes = b"") -> None:
        self.raw(frame_bytes(opcode, data, MASK if self.masks else b""))

    def text(self, text: str) -> None:
        self.send(Opcode.TEXT, text.encode())

    def close(self, code: int, reason: str = "") -> None:
        self.send(Opcode.CLOSE, close_payload(code, reason))

    def raw(self, data: bytes) -> None:
        self.writer.write(data)

    async def frame(self) -> Frame | None:
        """The next frame, None when the other side has left."""
        while (frame := self._frames.next()) is None:
            try:
                data = await self.reader.read(65536)
            except ConnectionError:
                data = b""
            if not data:
                return None
            self.wire += data
            self._frames.feed(data)
        return frame

    async def said(self) -> str:
        """The next text."""
        frame = await self.frame()
        assert frame is not None
        assert frame.opcode is Opcode.TEXT
        return frame.data.decode()

    async def closed(self) -> tuple[int, str]:
        """The close frame that comes next; answered, as the RFC wants it. 1006: none came."""
        frame = await self.frame()
        if frame is None:
            return 1006, ""
        assert frame.opcode is Opcode.CLOSE, frame
        self.send(Opcode.CLOSE, frame.data[:2])
        return int.from_bytes(frame.data[:2] or b"\x03\xed"), frame.data[2:].decode()

    async def left(self) -> bool:
        """Wait for the other side's leaving; say whether nothing more came before it."""
        return await self.frame() is None


@dataclass
class SocketApp:
    """An app that switches to WebSocket with `answer`; each connection comes out of `next`."""

    port: int = 0
    fields: tuple[str, ...] = ()
    accepts: bool = True
    refusal: bytes = b""
    """A whole answer in place of the 101."""
    heads: list[bytes] = field(default_factory=list)
    open: list[asyncio.StreamWriter] = field(default_factory=list)
    """Connections to close in the end: its own, and those of clients."""

    def __post_init__(self) -> None:
        self._peers: asyncio.Queue[Peer] = asyncio.Queue()

    async def next(self) -> Peer:
        return await self._peers.get()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.append(writer)
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        if self.refusal:
            writer.write(self.refusal)
            return
        key = value(head, "Sec-WebSocket-Key") if self.accepts else b"another"
        lines = ["HTTP/1.1 101 OK", "Connection: Upgrade", "Upgrade: websocket", *self.fields]
        lines.append(f"Sec-WebSocket-Accept: {accept(key).decode()}")
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n")
        self._peers.put_nowait(Peer(reader, writer, masks=False, head=head))


def value(head: bytes, name: str) -> bytes:
    """A field's value, b"" without it."""
    for line in head.split(b"\r\n"):
        key, _, said = line.partition(b": ")
        if key.lower() == name.lower().encode():
            return said
    return b""


@asynccontextmanager
async def socket_app() -> AsyncIterator[SocketApp]:
    app = SocketApp()
    server = await asyncio.start_server(app.serve, "127.0.0.1", 0)
    app.port = server.sockets[0].getsockname()[1]
    try:
        yield app
    finally:
        server.close()
        for writer in app.open:
            writer.close()


async def knock(
    gw: Running,
    app: SocketApp,
    session: Entered,
    path: str = "/ws",
    *more: str,
    origin: str | None = "",
    key: str = KEY,
) -> Peer:
    """Ask for a WebSocket in a session; `head` is what came back. `origin`: the session's own."""
    host = f"{session.host}:{gw.port}"
    said = f"http://{host}" if origin == "" else origin
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        f"Cookie: {session.cookie}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
        *([f"Origin: {said}"] if said is not None else []),
        *more,
    ]
    reader, writer = await asyncio.open_connection("127.0.0.1", gw.port)
    app.open.append(writer)
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n")
    head = await reader.readuntil(b"\r\n\r\n")
    return Peer(reader, writer, masks=True, head=head)


async def opened(
    gw: Running, app: SocketApp, session: Entered, path: str = "/ws", *more: str
) -> tuple[Peer, Peer]:
    """A WebSocket of a session: the client's side and the app's."""
    client = await knock(gw, app, session, path, *more)
    assert client.head.startswith(b"HTTP/1.1 101 "), client.head
    return client, await app.next()
