"""A request's body on its way to the app: bounded in size and time, asked for when it is read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest

from gateway.errors import ClientError
from gateway.listener.connection import Connection
from gateway.listener.request_reader import ClientRequest
from gateway.site import Limits
from gateway.uplink import Uplink


class Client(Connection):
    """A connection whose body is given here, and which notes what it is told to send."""

    def __init__(self, pieces: Iterable[bytes | Exception | None]) -> None:
        self._pieces = iter(pieces)
        self.sent: list[bytes] = []

    async def read_body(self) -> bytes:
        piece = next(self._pieces, b"")
        if piece is None:
            await asyncio.Event().wait()
            raise AssertionError
        if isinstance(piece, Exception):
            raise piece
        return piece

    def interim(self, data: bytes) -> None:
        self.sent.append(data)


def request(length: int | None, *, http10: bool = False) -> ClientRequest:
    return ClientRequest(
        method="POST",
        target="/",
        headers=(),
        host="a",
        length=length,
        upgrade=False,
        http10=http10,
        keep_alive=True,
    )


def uplink(
    client: Client, length: int | None = None, *, expected: bool = False, http10: bool = False
) -> Uplink:
    limits = Limits(max_body=10, body_timeout=0.05, max_readable=10)
    return Uplink(client, request(length, http10=http10), limits, expected=expected)


async def test_a_body_is_streamed_and_counted() -> None:
    up = uplink(Client([b"abc", b"defg"]))
    assert [part async for part in up.stream()] == [b"abc", b"defg"]
    assert (up.read, up.length) == (7, None)


async def test_a_whole_body_is_joined() -> None:
    assert await uplink(Client([b"abc", b"def"]), 6).whole(6) == b"abcdef"


@pytest.mark.threat(22)
async def test_row_22_a_body_beyond_the_limit_is_413_said_or_not() -> None:
    with pytest.raises(ClientError, match="body_too_large"):
        uplink(Client([]), 11)
    with pytest.raises(ClientError, match="body_too_large"):
        await uplink(Client([b"12345", b"678901"])).whole(100)
    with pytest.raises(ClientError, match="body_too_large"):
        await uplink(Client([b"12345", b"6"])).whole(5)


@pytest.mark.threat(22)
async def test_row_22_a_body_that_stands_still_is_408() -> None:
    with pytest.raises(ClientError) as fault:
        await uplink(Client([b"a", None])).whole(5)
    assert (fault.value.status, fault.value.code) == (408, "body_timeout")


async def test_a_body_that_breaks_off_is_never_taken_for_a_whole_one() -> None:
    with pytest.raises(ClientError, match="body_broken"):
        await uplink(Client([b"a", ConnectionResetError()])).whole(5)


@pytest.mark.threat(20)
@pytest.mark.parametrize(("expected", "http10"), [(True, False), (False, False), (True, True)])
async def test_row_20_a_client_that_waits_is_asked_when_the_body_is_first_read(
    expected: bool, http10: bool
) -> None:
    client = Client([b"abc"])
    up = uplink(client, 3, expected=expected, http10=http10)
    assert client.sent == []
    await up.whole(3)
    asked = [b"HTTP/1.1 100 Continue\r\n\r\n"] if expected and not http10 else []
    assert client.sent == asked


class Trickle(Client):
    """A client that sends a byte every now and then, for ever."""

    async def read_body(self) -> bytes:
        await asyncio.sleep(0.02)
        return b"x"


@pytest.mark.threat(22)
async def test_row_22_a_body_that_trickles_is_408() -> None:
    limits = Limits(max_body=10_000, body_timeout=0.1, max_readable=10)
    up = Uplink(Trickle([]), request(None), limits, expected=False)
    async with asyncio.timeout(5):
        with pytest.raises(ClientError, match="body_timeout"):
            await up.whole(10_000)


async def test_what_was_read_ahead_comes_again_and_each_byte_is_copied_once() -> None:
    for pieces, ended in (([b"abc", b"defg"], True), ([b"abc", b"defghi", b"j"], False)):
        up, copied = uplink(Client(pieces)), bytearray()
        up.copy = copied.extend
        assert await up.ahead(8) is ended is up.ended
        first, *rest = [part async for part in up.stream()]
        assert (first, rest) == (b"".join(pieces[:2]), pieces[2:])
        assert up.ended
        assert bytes(copied) == b"".join(pieces)


async def test_what_was_read_ahead_counts_when_all_of_it_is_read() -> None:
    up = uplink(Client([b"abc", b"de"]))
    await up.ahead(2)
    assert await up.whole(5) == b"abcde"
    up = uplink(Client([b"abc", b"de"]))
    await up.ahead(2)
    with pytest.raises(ClientError, match="body_too_large"):
        await up.whole(4)
