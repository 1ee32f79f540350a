"""The app behind the gateways: `python -m tests.torture.app PORT LEDGER`.

Each request is in its ledger before it is answered; what was written there outlives the app.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable

from tests.torture.ledgers import ANSWERED, CANARY, Seen, request_of, write_seen

LARGE = 1 << 20
"""Bytes of a large answer."""
PARTS, EVERY = 60, 0.05
"""Parts of a stream, and seconds between them."""
_SLOW = 0.3

Answer = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


def http(id_: str, media: str, body: bytes, status: str = "200 OK") -> bytes:
    """An answer that says what it answers."""
    head = (
        f"HTTP/1.1 {status}\r\n{ANSWERED}: {id_}\r\nContent-Type: {media}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _json(id_: str, out: asyncio.StreamWriter) -> None:
    out.write(http(id_, "application/json", f'{{"id":"{id_}","note":"{CANARY}"}}'.encode()))


async def _page(id_: str, out: asyncio.StreamWriter) -> None:
    body = f"<!doctype html><title>{id_}</title><p class=note>{CANARY}</p><p>{id_}</p>"
    out.write(http(id_, "text/html; charset=utf-8", body.encode()))


async def _large(id_: str, out: asyncio.StreamWriter) -> None:
    out.write(http(id_, "application/octet-stream", b"." * LARGE))


async def _slow(id_: str, out: asyncio.StreamWriter) -> None:
    await asyncio.sleep(_SLOW)
    out.write(http(id_, "text/plain", id_.encode()))


async def _missing(id_: str, out: asyncio.StreamWriter) -> None:
    out.write(http(id_, "text/plain", id_.encode(), "404 Not Found"))


async def _drop(id_: str, out: asyncio.StreamWriter) -> None:
    out.close()


async def _short(id_: str, out: asyncio.StreamWriter) -> None:
    out.write(http(id_, "application/octet-stream", b"." * 1000)[:-1])
    out.close()


async def _stream(id_: str, out: asyncio.StreamWriter) -> None:
    """Each part says when it was made."""
    out.write(
        f"HTTP/1.1 200 OK\r\n{ANSWERED}: {id_}\r\nContent-Type: text/event-stream\r\n"
        "Transfer-Encoding: chunked\r\n\r\n".encode()
    )
    for _ in range(PARTS):
        part = f"data: {time.monotonic():.6f}\n\n".encode()
        out.write(b"%x\r\n%b\r\n" % (len(part), part))
        await out.drain()
        await asyncio.sleep(EVERY)
    out.write(b"0\r\n\r\n")


async def _plain(id_: str, out: asyncio.StreamWriter) -> None:
    out.write(http(id_, "text/plain", id_.encode()))


ANSWERS: dict[str, Answer] = {
    "json": _json,
    "page": _page,
    "large": _large,
    "slow": _slow,
    "missing": _missing,
    "drop": _drop,
    "short": _short,
    "stream": _stream,
    "post": _plain,
    "plain": _plain,
}


async def serve(port: int, ledger: str) -> None:
    """Answer until killed."""
    file = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def connection(reader: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                method, target, *fields = _parsed(head)
                said = dict(field.lower().split(": ", 1) for field in fields)
                body = await _body(reader, said)
                id_ = request_of(target)
                user, actor = said.get("x-remote-user", ""), said.get("x-remote-actor", "")
                seen = Seen(id_, time.time_ns() // 1_000_000, method, user, actor, body)
                os.write(file, write_seen(seen))
                await ANSWERS[target.split("/")[1]](id_, out)
                await out.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            out.close()

    server = await asyncio.start_server(connection, "127.0.0.1", port)
    print("ready", flush=True)  # noqa: T201 - who started it waits for that
    await server.serve_forever()


def _parsed(head: bytes) -> list[str]:
    first, *fields = head.decode("latin-1")[:-4].split("\r\n")
    method, target, _ = first.split(" ")
    return [method, target, *fields]


async def _body(reader: asyncio.StreamReader, said: dict[str, str]) -> int:
    """Read a request's body; give its bytes."""
    if said.get("transfer-encoding") != "chunked":
        size = int(said.get("content-length", "0"))
        await reader.readexactly(size)
        return size
    total = 0
    while size := int(await reader.readuntil(b"\r\n"), 16):
        await reader.readexactly(size + 2)
        total += size
    await reader.readexactly(2)
    return total


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
