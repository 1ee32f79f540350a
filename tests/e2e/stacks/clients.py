"""Two client stacks behind one face."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from io import BytesIO
from typing import NamedTuple, Protocol

from aiohttp import ClientSession, DummyCookieJar


class Answer(NamedTuple):
    """What a client got: `headers` in order, every name in lower case."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for each, value in self.headers if each == name]


class Client(Protocol):
    """Sends one request; a `chunked` body goes without a length."""

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        *,
        chunked: bool = False,
    ) -> Answer:
        """Give the answer, read to its end; redirects are not followed."""
        ...


class AiohttpClient:
    """aiohttp's client."""

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        *,
        chunked: bool = False,
    ) -> Answer:
        data = BytesIO(body or b"") if not chunked else _pieces(body or b"")
        async with (
            ClientSession(cookie_jar=DummyCookieJar()) as session,
            session.request(
                method,
                url,
                headers=headers,
                data=None if body is None else data,
                allow_redirects=False,
            ) as answer,
        ):
            fields = [(name.lower(), value) for name, value in answer.headers.items()]
            return Answer(answer.status, fields, await answer.read())


class CurlClient:
    """curl, as a process."""

    async def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        *,
        chunked: bool = False,
    ) -> Answer:
        fields = dict(headers) | ({"Transfer-Encoding": "chunked"} if chunked else {})
        asked = ["--head"] if method == "HEAD" else ["--request", method]
        asked += [word for field in fields.items() for word in ("--header", ": ".join(field))]
        asked += [] if body is None else ["--data-binary", "@-"]
        child = await asyncio.create_subprocess_exec(
            *("curl", "--silent", "--show-error", "--include", *asked, url),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await child.communicate(body)
        assert child.returncode == 0
        while output.startswith(b"HTTP/1.1 1"):  # 100 Continue is shown too
            output = output.partition(b"\r\n\r\n")[2]
        head, _, rest = output.partition(b"\r\n\r\n")
        start, *lines = head.decode("latin-1").split("\r\n")
        parted = (line.partition(":") for line in lines)
        told = [(name.lower(), value.strip()) for name, _, value in parted]
        return Answer(int(start.split()[1]), told, rest)


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(body), 100_000):
        yield body[at : at + 100_000]
