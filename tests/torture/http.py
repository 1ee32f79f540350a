"""A client that repeats nothing, and knows to the byte what it got."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

_KEPT = 1 << 18
"""Bytes of a body that are kept to look at; of all others it is known how many came."""
_AT_ONCE = 16384


@dataclass(slots=True)
class Answer:
    """What has come of an answer so far; `whole` when that is all of it."""

    status: int = 0
    fields: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    size: int = 0
    whole: bool = False

    def add(self, data: bytes) -> None:
        """Take some bytes of the body."""
        self.size += len(data)
        if len(self.body) < _KEPT:
            self.body += data


@dataclass(frozen=True)
class Gate:
    """Where a gateway is, and what signs the tokens that it believes."""

    port: int
    key: ec.EllipticCurvePrivateKey
    spools: bool = False

    def token(self, operator: str) -> str:
        """A token for its JSON API."""
        now = int(time.time())
        claims = {"iss": "test", "aud": "gateway", "sub": operator, "iat": now, "exp": now + 300}
        return jwt.encode(claims, self.key, "ES256", headers={"kid": "k"})


class Link:
    """A connection to a gateway, opened when it is needed and kept while both sides keep it.

    Args:
        pause: seconds before each piece of a body is read: more than 0 is a slow reader.
    """

    def __init__(self, gate: Gate, pause: float = 0.0) -> None:
        self.gate = gate
        self.slow = pause > 0
        self._pause = pause
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(
        self,
        method: str,
        target: str,
        fields: Mapping[str, str],
        body: bytes = b"",
        answer: Answer | None = None,
    ) -> Answer:
        """Send a request, once; `answer` has what came also when this raises.

        Raises:
            OSError, EOFError: the connection broke.
        """
        answer = answer or Answer()
        lines = [f"{method} {target} HTTP/1.1", *(f"{k}: {v}" for k, v in fields.items())]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        try:
            if self._open is None:
                self._open = await asyncio.open_connection(
                    "127.0.0.1", self.gate.port, limit=1 << 16
                )
            reader, out = self._open
            out.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            await self._read(reader, answer, method)
        except BaseException:
            self.close()
            raise
        if answer.fields.get("connection", "").lower() == "close":
            self.close()
        return answer

    def close(self) -> None:
        """Go away, at once."""
        if self._open is not None:
            self._open[1].transport.abort()
            self._open = None

    async def _read(self, reader: asyncio.StreamReader, answer: Answer, method: str) -> None:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")[:-4].split("\r\n")
        answer.fields = dict(_field(line) for line in lines)
        answer.status = int(first.split(" ")[1])
        if answer.fields.get("transfer-encoding") == "chunked":
            while size := int(await reader.readuntil(b"\r\n"), 16):
                await self._take(reader, answer, size)
                await reader.readexactly(2)
            await reader.readexactly(2)
        elif answer.status not in (204, 304) and method != "HEAD":
            await self._take(reader, answer, int(answer.fields.get("content-length", "0")))
        answer.whole = True

    async def _take(self, reader: asyncio.StreamReader, answer: Answer, size: int) -> None:
        while size:
            if self._pause:
                await asyncio.sleep(self._pause)
            data = await reader.read(min(size, _AT_ONCE))
            if not data:
                raise EOFError
            answer.add(data)
            size -= len(data)


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.lower(), value.strip()
