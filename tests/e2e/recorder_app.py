"""An app that records every byte it is sent, and answers what a test tells it to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Seen:
    """One request as it stood on the wire."""

    head: bytes
    body: bytes

    @property
    def line(self) -> bytes:
        return self.head.split(b"\r\n", 1)[0]

    @property
    def target(self) -> str:
        return self.line.split(b" ")[1].decode("latin-1")

    def all(self, name: str) -> list[bytes]:
        """Every value of a header, under this exact spelling but for case."""
        wanted = name.lower().encode()
        return [
            value.strip()
            for key, _, value in (line.partition(b":") for line in self.head.split(b"\r\n")[1:])
            if key.lower() == wanted
        ]

    def folded(self, name: str) -> list[bytes]:
        """Every value under any spelling that CGI, WSGI or PHP folds into this name."""

        def key(text: str) -> str:
            return "".join(c if c.isalnum() else "_" for c in text.lower())

        lines = (line.partition(b":") for line in self.head.split(b"\r\n")[1:] if line)
        return [
            value.strip() for each, _, value in lines if key(each.decode("latin-1")) == key(name)
        ]


Answer = Callable[[Seen, asyncio.StreamWriter], Awaitable[None]]


def http(
    body: bytes = b"ok",
    *,
    status: str = "200 OK",
    type_: str | None = "text/plain",
    headers: tuple[str, ...] = (),
) -> bytes:
    """A whole response."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}"]
    if type_ is not None:
        lines.append(f"Content-Type: {type_}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass
class RecorderApp:
    """`seen` grows with each request; `reply` answers, or `answer` when it is set."""

    port: int = 0
    seen: list[Seen] = field(default_factory=list)
    reply: bytes = field(default_factory=http)
    answer: Answer | None = None
    surplus: bytearray = field(default_factory=bytearray)
    """What came on connections after a request was answered by `answer`."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                body = await _body(head, reader)
                seen = Seen(head[:-4], body)
                self.seen.append(seen)
                if self.answer is not None:
                    await self.answer(seen, writer)
                else:
                    writer.write(self.reply)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def _body(head: bytes, reader: asyncio.StreamReader) -> bytes:
    lower = head.lower()
    if b"\r\ntransfer-encoding: chunked" in lower:
        body = b""
        while size := int((await reader.readuntil(b"\r\n")).strip(), 16):
            body += await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readexactly(2)
        return body
    for line in lower.split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return await reader.readexactly(int(line.partition(b":")[2]))
    return b""


@asynccontextmanager
async def recorder_app(port: int = 0) -> AsyncIterator[RecorderApp]:
    app = RecorderApp()
    server = await asyncio.start_server(app.serve, "127.0.0.1", port)
    app.port = server.sockets[0].getsockname()[1]
    try:
        yield app
    finally:
        server.close()
