"""Exchanges without a task, on real sockets: whole answers at once, and all others as responses."""

from __future__ import annotations

import asyncio

import pytest

from gateway.errors import UpstreamError
from gateway.upstream.client import Upstream
from gateway.upstream.exchange import Answer
from gateway.upstream.response import UpstreamResponse
from tests.upstream.support import OK, PERMIT, Apps, Script, Talk, always, request, whole

GET = b"GET /b HTTP/1.1\r\nHost: crm.example\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class Asker:
    """Keeps what it is told, and by which of the two words."""

    def __init__(self) -> None:
        self.told: list[tuple[Answer, bytes] | UpstreamResponse] = []
        self._first = asyncio.Event()

    def answered(self, answer: Answer, body: bytes) -> None:
        self.told.append((answer, body))
        self._first.set()

    def unfinished(self, response: UpstreamResponse) -> None:
        self.told.append(response)
        self._first.set()

    async def once(self) -> tuple[Answer, bytes] | UpstreamResponse:
        """What it is told, once."""
        async with asyncio.timeout(5):
            await self._first.wait()
        (told,) = self.told
        return told

    async def whole(self) -> tuple[int, bytes]:
        """The status and the body that it is told of."""
        told = await self.once()
        assert not isinstance(told, UpstreamResponse)
        return told[0].head.status, told[1]

    async def unfinished_one(self) -> UpstreamResponse:
        """The response that it is told to wait for."""
        told = await self.once()
        assert isinstance(told, UpstreamResponse)
        return told


async def warm(upstream: Upstream) -> None:
    """Have it keep a connection."""
    await whole(await upstream.send(PERMIT, request()))


def after_a_first(*pieces: bytes, closes: bool = False) -> Script:
    """An app that answers its first request with OK, and all others with these pieces."""

    async def script(talk: Talk) -> None:
        await talk.head()
        await talk.say(OK)
        while True:
            await talk.head()
            for piece in pieces:
                await talk.say(piece)
            if closes:
                return

    return script


def starts(upstream: Upstream, patience: int = 0) -> Asker:
    asker = Asker()
    exchange = upstream.exchange(PERMIT, asker, patience)
    assert exchange is not None
    exchange.start(GET)
    return asker


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (OK, (200, b"ok")),
        (b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", (404, b"")),
        (b"HTTP/1.1 204 No Content\r\n\r\n", (204, b"")),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", (304, b"")),
        (CHUNKED + b"2\r\nab\r\n1;x=y\r\nc\r\n0\r\nX-T: t\r\n\r\n", (200, b"abc")),
        (CHUNKED + b"0\r\n\r\n", (200, b"")),
    ],
)
async def test_a_whole_answer_is_told_at_once_and_its_connection_is_kept(
    apps: Apps, answer: bytes, told: tuple[int, bytes]
) -> None:
    upstream = await apps.start(after_a_first(answer), max_connections=1)
    assert upstream.exchange(PERMIT, Asker()) is None  # there is no connection yet
    await warm(upstream)
    for _ in range(3):
        assert await starts(upstream).whole() == told
    assert apps.connections == 1


@pytest.mark.threat(18, 19, 21)
@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK,
        b"HTTP/1.1 200 OK\r\n\r\nuntil the end",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"),
        OK.replace(b"OK\r\n", b"OK\r\nX: %b\r\n" % (b"x" * 5000)),
        OK + b"HTTP/1.1 200 OK\r\n",
        CHUNKED + b"0\r\n\r\nmore",
        CHUNKED + b"zz\r\n",
        CHUNKED + b"2\r\nok\r\n",
        OK[:-1],
        OK[:20],
        b"",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
        b"HTTP/1.1 204 No Content\r\n\r\nbody",
        b"SSH-2.0\r\n\r\n",
    ],
)
async def test_row_19_what_is_not_whole_or_a_lie_ends_as_it_does_for_who_waits(
    apps: Apps, answer: bytes
) -> None:
    async def read(response: UpstreamResponse) -> tuple[int, bytes, str]:
        body = b""
        try:
            while piece := await response.read():
                body += piece
        except UpstreamError as error:
            return response.head.status, body, error.code
        finally:
            response.close()
        return response.head.status, body, ""

    upstream = await apps.start(after_a_first(answer, closes=True), max_connections=1)
    ends = []
    for exchange in (False, True):
        await warm(upstream)
        try:
            if exchange:
                response = await starts(upstream).unfinished_one()
                await response.answered()
            else:
                response = await upstream.send(PERMIT, request())
            ends.append(await read(response))
        except UpstreamError as error:
            ends.append((error.status, b"", error.code))
    assert ends[0] == ends[1]
    await warm(upstream)  # its one place is free again


async def test_a_body_of_known_length_is_waited_for_by_who_has_patience(apps: Apps) -> None:
    go_on = asyncio.Event()

    async def in_two(talk: Talk) -> None:
        await talk.head()
        await talk.say(OK)
        while True:
            await talk.head()
            await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nab")
            await go_on.wait()
            go_on.clear()
            await talk.say(b"cdef")

    upstream = await apps.start(in_two)
    await warm(upstream)
    asker = Asker()
    exchange = upstream.exchange(PERMIT, asker, 6)
    assert exchange is not None
    exchange.start(GET)
    while not exchange._held:  # noqa: ASYNC110  nobody tells of that
        await asyncio.sleep(0)
    go_on.set()
    assert await asker.whole() == (200, b"abcdef")
    for patience in (0, 5):
        response = await starts(upstream, patience=patience).unfinished_one()
        await response.answered()
        go_on.set()
        assert await whole(response) == b"abcdef"
    assert apps.connections == 1


@pytest.mark.parametrize("said", [b"", OK[:-1]])
async def test_an_app_that_falls_silent_is_a_504(apps: Apps, said: bytes) -> None:
    upstream = await apps.start(after_a_first(said), total_timeout=0.1, read_timeout=0.1)
    await warm(upstream)
    response = await starts(upstream, patience=9).unfinished_one()
    with pytest.raises(UpstreamError) as told:
        await response.answered()
    assert (told.value.status, told.value.code) == (504, "upstream_timeout")


@pytest.mark.threat(18)
async def test_row_18_what_is_given_up_ends_its_own_loan_and_no_other(apps: Apps) -> None:
    asked, left = asyncio.Event(), asyncio.Event()

    async def silent(talk: Talk) -> None:
        await talk.head()
        await talk.say(OK)
        await talk.head()
        asked.set()
        await talk.gone()
        left.set()

    upstream = await apps.start(silent, max_connections=1, connect_timeout=0.1)
    await warm(upstream)
    asker = Asker()
    exchange = upstream.exchange(PERMIT, asker)
    assert exchange is not None
    exchange.start(GET)
    await asked.wait()
    exchange.close()
    exchange.close()  # who is cut lets go, and then ends
    await left.wait()
    lent = await upstream.send(PERMIT, request())
    with pytest.raises(UpstreamError, match="upstream_busy"):  # it had one place, and has one
        await upstream.send(PERMIT, request())
    await whole(lent)
    assert asker.told == []


@pytest.mark.threat(18)
async def test_row_18_who_was_answered_cannot_close_the_connection_of_who_asks_next(
    apps: Apps,
) -> None:
    upstream = await apps.start(always(OK))
    await warm(upstream)
    first = Asker()
    exchange = upstream.exchange(PERMIT, first)
    assert exchange is not None
    exchange.start(GET)
    await first.whole()
    second = starts(upstream)
    exchange.close()
    assert await second.whole() == (200, b"ok")
    assert apps.connections == 1
