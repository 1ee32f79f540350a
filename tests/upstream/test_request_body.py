from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from gateway.errors import GatewayError
from tests.upstream.support import OK, PERMIT, Apps, Talk, request, whole


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


@pytest.mark.parametrize("size", [0, 1, 100_000, 3_000_000])
async def test_bytes_go_with_their_length(apps: Apps, size: int) -> None:
    heard = []

    async def script(talk: Talk) -> None:
        heard.append(await talk.head())
        heard.append(await talk.reader.readexactly(size))
        await talk.say(OK)

    upstream = await apps.start(script)
    body = b"x" * size
    assert await whole(await upstream.send(PERMIT, request("POST"), body)) == b"ok"
    assert heard[0].endswith(b"\r\nContent-Length: %d\r\n\r\n" % size)
    assert heard[1] == body


async def test_a_stream_of_known_length_goes_as_it_is(apps: Apps) -> None:
    heard = []

    async def script(talk: Talk) -> None:
        heard.append(await talk.head())
        heard.append(await talk.reader.readexactly(5))
        await talk.say(OK)

    upstream = await apps.start(script)
    body = pieces(b"ab", b"", b"cde")
    assert await whole(await upstream.send(PERMIT, request("POST"), body, 5)) == b"ok"
    assert b"Content-Length: 5\r\n" in heard[0]
    assert heard[1] == b"abcde"


async def test_a_stream_of_unknown_length_goes_in_chunks(apps: Apps) -> None:
    heard = []

    async def script(talk: Talk) -> None:
        heard.append(await talk.head())
        heard.append(await talk.reader.readuntil(b"\r\n0\r\n\r\n"))
        await talk.say(OK)

    upstream = await apps.start(script)
    body = pieces(b"ab", b"", b"x" * 17)
    assert await whole(await upstream.send(PERMIT, request("POST"), body)) == b"ok"
    assert b"Transfer-Encoding: chunked\r\n" in heard[0]
    assert b"Content-Length" not in heard[0]
    assert heard[1] == b"2\r\nab\r\n11\r\n" + b"x" * 17 + b"\r\n0\r\n\r\n"


@pytest.mark.threat(16)
@pytest.mark.parametrize("parts", [(b"abc", b"def"), (b"ab",), (), (b"abc", b"de", b"GET / ")])
async def test_threat_16_a_stream_that_is_not_as_long_as_it_says_is_cut(
    apps: Apps, parts: tuple[bytes, ...]
) -> None:
    heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def script(talk: Talk) -> None:
        await talk.head()
        heard.set_result(await talk.gone())

    upstream = await apps.start(script)
    with pytest.raises(GatewayError, match="unsafe_request"):
        await upstream.send(PERMIT, request("POST"), pieces(*parts), 5)
    assert len(await heard) <= 5


async def test_a_request_without_a_body_has_no_framing(apps: Apps) -> None:
    heard = []

    async def script(talk: Talk) -> None:
        heard.append(await talk.head())
        await talk.say(OK)

    upstream = await apps.start(script)
    assert await whole(await upstream.send(PERMIT, request("DELETE"))) == b"ok"
    assert heard == [b"DELETE / HTTP/1.1\r\nHost: crm.example\r\n\r\n"]
