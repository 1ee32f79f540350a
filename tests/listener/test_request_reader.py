"""Requests are read alike in any chunking, and never more leniently than a reference reads them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.app.replies import unread
from gateway.errors import ClientError
from gateway.listener.request_reader import ClientRequest, RequestReader
from tests.listener.reference import Doubt, read_stream

MAX_HEAD = 400

GOOD = (
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /x?y HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    b"PUT /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"PUT /x HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\nA\r\n0123456789\r\n0\r\nX-T: v\r\n\r\n",
    b"GET /x HTTP/1.0\r\nX:\r\n\r\n",
    b"GET /x HTTP/1.1\r\nX: caf\xc3\xa9\t!\r\n\r\n",
    b"GET /ws HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x00anything",
)
PIECES = (
    *GOOD,
    b"\r\n",
    b"\n",
    b"\r",
    b" ",
    b"\t",
    b"\0",
    b"0",
    b"5",
    b"a:",
    b";x=y",
    b"0\r\n\r\n",
    b"Content-Length: 3\r\n",
    b"Content-Length: +3\r\n",
    b"Content-Length: 3, 3\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: identity\r\n",
    b"Transfer-Encoding : chunked\r\n",
    b"Upgrade: websocket\r\n",
    b" folded\r\n",
    b"GET / HTTP/1.1\r\n",
    b"GET  / HTTP/1.1\r\n",
    b"GET / HTTP/2.0\r\n",
    b"GET /\r\n",
    b"TRACE / HTTP/1.1\r\n",
    b"Host: a\r\n",
)


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Requests that are nearly right: pieces in any order, with bytes replaced or put in."""
    data = bytearray(b"".join(draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6))))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(data)))
        width = draw(st.integers(0, 2))
        data[at : at + width] = draw(st.sampled_from(PIECES) | st.binary(max_size=2))
    return bytes(data)


Read = tuple[list[tuple[ClientRequest, bytes]], bool]
"""The requests with their bodies, and whether all of the stream could be read."""


def read(data: bytes, cuts: list[int]) -> Read:
    """Read a stream in these pieces, as a connection does."""
    reader = RequestReader(MAX_HEAD)
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    found: list[tuple[ClientRequest, bytes]] = []
    try:
        for start, end in pairwise(edges):
            reader.feed(data[start:end])
            feed_on(reader, found)
    except ClientError:
        return found, False
    return found, True


def feed_on(reader: RequestReader, found: list[tuple[ClientRequest, bytes]]) -> None:
    while True:
        if not reader.complete:
            request, body = found[-1]
            found[-1] = request, body + reader.body()
            if not reader.complete:
                return
        request_or_none = reader.head()
        if request_or_none is None:
            return
        found.append((request_or_none, b""))


def accepts(data: bytes, cuts: list[int]) -> bool:
    return read(data, cuts)[1]


def by_byte(data: bytes) -> bool:
    return accepts(data, list(range(len(data))))


def one(data: bytes) -> tuple[ClientRequest, bytes]:
    """The only request in `data`."""
    found, fine = read(data, [])
    assert fine
    assert len(found) == 1
    return found[0]


def refused(data: bytes) -> ClientError:
    """Why `data` is refused."""
    reader = RequestReader(MAX_HEAD)
    reader.feed(data)
    with pytest.raises(ClientError) as fault:
        feed_on(reader, [])
    return fault.value


@given(streams(), st.lists(st.integers(0, 2000), max_size=8))
def test_row_16_what_is_read_is_the_same_in_any_chunking(data: bytes, cuts: list[int]) -> None:
    requests, fine = read(data, [])
    in_pieces, fine_in_pieces = read(data, cuts)
    assert (fine_in_pieces, by_byte(data)) == (fine, fine)
    if fine:
        assert in_pieces == requests


@given(streams())
@example(b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n")
@example(b"GET / HTTP/1.1\r\nA: b\n\r\n\r\n")
def test_row_16_what_a_strict_reader_refuses_is_refused(data: bytes) -> None:
    try:
        read_stream(data)
    except Doubt:
        assert not accepts(data, [])


@given(st.lists(st.sampled_from(GOOD[:-1]), min_size=1, max_size=5), st.integers(0, len(GOOD) - 1))
def test_plain_requests_are_accepted(requests: list[bytes], last: int) -> None:
    data = b"".join([*requests, GOOD[last]])
    assert accepts(data, [])
    assert by_byte(data)
    assert read_stream(data) == len(requests) + 1


@pytest.mark.threat(16)
@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\r\nGET / HTTP/1.1\r\n\r\n", id="empty line first"),
        pytest.param(b"GET /\r\n\r\n", id="HTTP/0.9"),
        pytest.param(b"GET / HTTP/2.0\r\n\r\n", id="HTTP/2.0"),
        pytest.param(b"GET / HTTP/1.1\nHost: a\n\n\r\n\r\n", id="bare LF"),
        pytest.param(b"GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", id="bare CR"),
        pytest.param(b"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", id="obs-fold"),
        pytest.param(b"GET / HTTP/1.1\r\nA: \0\r\n\r\n", id="NUL"),
        pytest.param(b"GET / HTTP/1.1\r\nA : b\r\n\r\n", id="space before the colon"),
        pytest.param(b"GET / HTTP/1.1\r\n: b\r\n\r\n", id="no name"),
        pytest.param(
            b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            id="CL+TE",
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nContent-Length: 1\r\ncontent-length: 1\r\n\r\n", id="two CL"
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", id="two codings"
        ),
        pytest.param(b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", id="TE in HTTP/1.0"),
        pytest.param(
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n",
            id="chunk extension",
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n", id="0x"
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloo\r\n",
            id="chunk longer than its size",
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 16 + b"\r\n",
            id="chunk size of 16 digits",
        ),
    ],
)
def test_row_16_doubtful_framing_is_400(data: bytes) -> None:
    fault = refused(data)
    assert (fault.status, fault.code) == (400, "malformed_request")


@pytest.mark.threat(17)
@pytest.mark.parametrize("body", [b"Content-Length: 1", b"Transfer-Encoding: chunked"])
def test_row_17_an_upgrade_with_a_body_is_refused(body: bytes) -> None:
    head = b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n" + body + b"\r\n\r\n"
    assert "upgrade has a body" in refused(head).detail


@pytest.mark.threat(18)
@pytest.mark.parametrize("method", [b"CONNECT", b"TRACE"])
def test_row_18_connect_and_trace_are_405(method: bytes) -> None:
    why = refused(method + b" / HTTP/1.1\r\n\r\n")
    assert why.status == 405
    assert b"\r\nAllow: GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE\r\n" in unread(why)


@pytest.mark.threat(22)
@pytest.mark.parametrize("size", [MAX_HEAD, MAX_HEAD + 1])
def test_row_22_the_largest_head_is_the_same_in_any_chunking(size: int) -> None:
    start = b"GET / HTTP/1.1\r\nA: "
    head = start + b"a" * (size - len(start)) + b"\r\n\r\n"
    assert accepts(head, []) is (size == MAX_HEAD)
    assert by_byte(head) is (size == MAX_HEAD)


@pytest.mark.threat(22)
def test_row_22_a_head_without_end_is_431() -> None:
    assert accepts(b"x" * MAX_HEAD, [])
    assert refused(b"x" * MAX_HEAD + b"more").status == 431


@pytest.mark.threat(22)
def test_row_22_trailers_are_bounded() -> None:
    start = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
    assert accepts(start + b"X-Trailer: value\r\n" * 400, [])
    assert "trailers are too long" in refused(start + b"X-Trailer: value\r\n" * 500).detail


@pytest.mark.threat(16)
def test_row_16_two_hosts_are_refused() -> None:
    assert "two hosts" in refused(b"GET / HTTP/1.1\r\nHost: a\r\nhost:\r\n\r\n").detail


def test_a_request_is_given_as_it_was_sent() -> None:
    request, body = one(
        b"POST /a%20b?c HTTP/1.1\r\nHost: A:80\r\nX-Y:  z \t\r\ncontent-length: 3\r\n\r\nabc"
    )
    assert (request.method, request.target, request.host) == ("POST", "/a%20b?c", "A:80")
    assert request.headers == ((b"Host", b"A:80"), (b"X-Y", b"z"), (b"content-length", b"3"))
    assert (request.length, body, request.upgrade, request.http10) == (3, b"abc", False, False)


def test_a_body_in_chunks_is_given_without_them() -> None:
    request, body = one(GOOD[4])
    assert (request.length, body) == (None, b"0123456789")


@pytest.mark.parametrize(
    ("version", "said", "kept"),
    [
        (b"1.1", b"", True),
        (b"1.1", b"Connection: close\r\n", False),
        (b"1.1", b"Connection: x, Close\r\n", False),
        (b"1.1", b"Connection: close\r\nConnection: keep-alive\r\n", False),
        (b"1.0", b"", False),
        (b"1.0", b"Connection: Keep-Alive\r\n", True),
    ],
)
def test_it_says_whether_the_client_keeps_the_connection(
    version: bytes, said: bytes, kept: bool
) -> None:
    request, _ = one(b"GET / HTTP/" + version + b"\r\n" + said + b"\r\n")
    assert request.keep_alive is kept


@pytest.mark.threat(17)
def test_row_17_nothing_is_read_as_a_request_after_one_to_upgrade() -> None:
    reader = RequestReader(MAX_HEAD)
    reader.feed(GOOD[-1] + GOOD[0])
    request = reader.head()
    assert request is not None
    assert request.upgrade
    assert reader.head() is None
    assert reader.rest() == b"\x81\x00anything" + GOOD[0]


def test_bytes_wait_until_they_are_read() -> None:
    reader = RequestReader(MAX_HEAD)
    reader.feed(GOOD[1] + GOOD[0])
    assert reader.held == len(GOOD[1] + GOOD[0])
    assert reader.head() is not None
    assert (reader.complete, reader.body(), reader.complete) == (False, b"hello", True)
    assert reader.held == len(GOOD[0])
    assert reader.body() == b""
