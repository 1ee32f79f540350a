"""The framing guard: the same verdict in any chunking, and never more lenient than a reference."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.errors import ClientError
from gateway.listener.guard import FramingGuard
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


def accepts(data: bytes, cuts: list[int]) -> bool:
    guard = FramingGuard(MAX_HEAD)
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    try:
        for start, end in pairwise(edges):
            guard.feed(data[start:end])
    except ClientError:
        return False
    return True


def by_byte(data: bytes) -> bool:
    return accepts(data, list(range(len(data))))


@given(streams(), st.lists(st.integers(0, 2000), max_size=8))
def test_row_16_the_verdict_is_the_same_in_any_chunking(data: bytes, cuts: list[int]) -> None:
    whole = accepts(data, [])
    assert accepts(data, cuts) == whole
    assert by_byte(data) == whole


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
    with pytest.raises(ClientError) as fault:
        FramingGuard(MAX_HEAD).feed(data)
    assert (fault.value.status, fault.value.code) == (400, "malformed_request")


@pytest.mark.threat(17)
@pytest.mark.parametrize("body", [b"Content-Length: 1", b"Transfer-Encoding: chunked"])
def test_row_17_an_upgrade_with_a_body_is_refused(body: bytes) -> None:
    with pytest.raises(ClientError, match="upgrade has a body"):
        FramingGuard(MAX_HEAD).feed(
            b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n" + body + b"\r\n\r\n"
        )


@pytest.mark.threat(18)
@pytest.mark.parametrize("method", [b"CONNECT", b"TRACE"])
def test_row_18_connect_and_trace_are_405(method: bytes) -> None:
    with pytest.raises(ClientError) as fault:
        FramingGuard(MAX_HEAD).feed(method + b" / HTTP/1.1\r\n\r\n")
    assert fault.value.status == 405


@pytest.mark.threat(22)
@pytest.mark.parametrize("size", [MAX_HEAD, MAX_HEAD + 1])
def test_row_22_the_largest_head_is_the_same_in_any_chunking(size: int) -> None:
    start = b"GET / HTTP/1.1\r\nA: "
    head = start + b"a" * (size - len(start)) + b"\r\n\r\n"
    assert accepts(head, []) is (size == MAX_HEAD)
    assert by_byte(head) is (size == MAX_HEAD)


@pytest.mark.threat(22)
def test_row_22_a_head_without_end_is_431() -> None:
    guard = FramingGuard(MAX_HEAD)
    guard.feed(b"x" * MAX_HEAD)
    with pytest.raises(ClientError) as fault:
        guard.feed(b"more")
    assert fault.value.status == 431


@pytest.mark.threat(22)
def test_row_22_trailers_are_bounded() -> None:
    guard = FramingGuard(MAX_HEAD)
    guard.feed(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")
    guard.feed(b"X-Trailer: value\r\n" * 500)
    with pytest.raises(ClientError, match="trailers are too long"):
        guard.feed(b"X-Trailer: value\r\n" * 20)


def test_it_waits_for_a_head_only_while_one_is_begun() -> None:
    guard = FramingGuard(MAX_HEAD)
    assert not guard.waits_for_head
    guard.feed(b"GET / HT")
    assert guard.waits_for_head
    guard.feed(b"TP/1.1\r\nContent-Length: 2\r\n\r\na")
    assert not guard.waits_for_head
    guard.feed(b"bG")
    assert guard.waits_for_head
