from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import UpstreamError
from gateway.upstream.response_reader import ResponseReader
from tests.upstream.support import cut

CUTS = st.lists(st.integers(0, 1000), max_size=12)


def read(wire: bytes, *cuts: int, method: str = "GET") -> tuple[ResponseReader, bytes]:
    reader = ResponseReader(method, 65536)
    return reader, feed(reader, cut(wire, list(cuts)))


def feed(reader: ResponseReader, pieces: list[bytes]) -> bytes:
    return b"".join([reader.feed(piece) for piece in pieces])


@given(CUTS)
def test_a_response_reads_the_same_however_it_arrives(cuts: list[int]) -> None:
    wire = (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    )
    reader, body = read(wire, *cuts)
    assert reader.head is not None
    assert (reader.head.status, body, reader.done, reader.reusable) == (200, b"abc", True, True)


@pytest.mark.threat(21)
def test_threat_21_interim_responses_are_dropped() -> None:
    reader, _ = read(b"HTTP/1.1 103 Early Hints\r\nX: 1\r\n\r\nHTTP/1.1 204 No\r\nY: 2\r\n\r\n")
    assert reader.head is not None
    assert reader.head.headers == ((b"Y", b"2"),)
    assert reader.done


@pytest.mark.threat(21)
def test_threat_21_interim_responses_without_end_are_refused() -> None:
    reader = ResponseReader("GET", 4096)
    interim = b"HTTP/1.1 102 Processing\r\n\r\n"
    with pytest.raises(UpstreamError, match="larger than 4096 bytes"):
        feed(reader, [interim] * 1000)


@pytest.mark.threat(17)
@pytest.mark.parametrize("wants_upgrade", [False, True])
@pytest.mark.parametrize(
    "fields",
    [
        b"",
        b"Upgrade: h2c\r\n",
        b"Upgrade: websocket, h2c\r\n",
        b"Upgrade: websocket\r\nUpgrade: websocket\r\n",
        b"Upgrade: websocket\r\nContent-Length: 0\r\n",
    ],
)
def test_threat_17_a_switch_to_anything_but_websocket_is_refused(
    fields: bytes, wants_upgrade: bool
) -> None:
    reader = ResponseReader("GET", 4096, wants_upgrade=wants_upgrade)
    with pytest.raises(UpstreamError, match="upstream_malformed"):
        reader.feed(b"HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\n" + fields + b"\r\n")


@pytest.mark.threat(17)
def test_threat_17_a_switch_that_nobody_asked_for_is_refused() -> None:
    with pytest.raises(UpstreamError, match="not asked for"):
        read(b"HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")


def test_what_follows_a_switch_is_the_tunnels() -> None:
    reader = ResponseReader("GET", 4096, wants_upgrade=True)
    head = b"HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n"
    assert reader.feed(head + b"\x81\x01a") == b"\x81\x01a"
    assert not reader.done
    reader.eof()
    assert reader.done
    assert not reader.reusable


@pytest.mark.parametrize("piece", [1, 7, 100000])
def test_a_head_that_is_too_large_is_refused(piece: int) -> None:
    wire = b"HTTP/1.1 200 OK\r\n" + b"X: 1234567890\r\n" * 500 + b"\r\n"
    reader = ResponseReader("GET", 4096)
    pieces = [wire[at : at + piece] for at in range(0, len(wire), piece)]
    with pytest.raises(UpstreamError, match="larger than 4096 bytes"):
        feed(reader, pieces)
    assert reader.head is None


@pytest.mark.threat(19)
@pytest.mark.parametrize("wire", [b"HTTP/1.1 200 OK\n", b"HTTP/1.1 200 OK\r\nA: 1\n\n", b"\n"])
def test_threat_19_a_bare_line_feed_is_refused_without_waiting_for_more(wire: bytes) -> None:
    with pytest.raises(UpstreamError, match="carriage return"):
        read(wire)


@pytest.mark.threat(19)
@pytest.mark.parametrize(
    "wire",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcd",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n",
    ],
)
def test_threat_19_what_is_cut_short_never_looks_complete(wire: bytes) -> None:
    reader, _ = read(wire)
    with pytest.raises(UpstreamError, match="upstream_cut_short"):
        reader.eof()
    assert not reader.done


@pytest.mark.threat(18)
@given(CUTS)
@pytest.mark.parametrize(
    ("method", "wire"),
    [
        ("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not\r\nContent-Length: 2\r\n\r\nok"),
        ("GET", b"HTTP/1.1 204 No\r\n\r\n\r\n"),
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
    ],
)
def test_threat_18_surplus_bytes_are_refused_however_they_arrive(
    method: str, wire: bytes, cuts: list[int]
) -> None:
    with pytest.raises(UpstreamError, match="bytes follow its end"):
        read(wire, *cuts, method=method)


def test_a_close_delimited_body_ends_with_the_connection() -> None:
    reader, body = read(b"HTTP/1.0 200 OK\r\n\r\nabc")
    assert (body, reader.done, reader.framing.length) == (b"abc", False, None)
    reader.eof()
    assert reader.done
    assert not reader.reusable
