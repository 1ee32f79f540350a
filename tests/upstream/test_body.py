from __future__ import annotations

import httptools
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.errors import UpstreamError
from gateway.upstream.body import Body, Chunked, Sized, UntilClose
from tests.upstream.support import cut


def read(body: Body, *pieces: bytes) -> bytes:
    return b"".join([body.feed(piece) for piece in pieces])


def chunked(data: bytes, sizes: list[int]) -> bytes:
    wire = b""
    while data:
        size = sizes.pop() if sizes else len(data)
        piece, data = data[:size], data[size:]
        wire += b"%X\r\n%b\r\n" % (len(piece), piece)
    return wire + b"0\r\n\r\n"


CUTS = st.lists(st.integers(0, 1000), max_size=12)


def test_a_sized_body_ends_with_its_last_byte() -> None:
    body = Sized(5)
    assert body.feed(b"abc") == b"abc"
    assert not body.done
    assert body.feed(b"de") == b"de"
    assert body.done
    body.eof()


def test_a_body_until_close_ends_there_and_nowhere_else() -> None:
    body = UntilClose()
    assert read(body, b"a", b"b") == b"ab"
    assert not body.done
    body.eof()
    assert body.done


@given(st.binary(max_size=300), st.lists(st.integers(1, 40), max_size=20), CUTS)
def test_chunks_give_the_same_body_however_they_arrive(
    data: bytes, sizes: list[int], cuts: list[int]
) -> None:
    body = Chunked()
    assert read(body, *cut(chunked(data, sizes), cuts)) == data
    assert body.done
    body.eof()


@given(CUTS)
def test_extensions_and_trailers_are_dropped(cuts: list[int]) -> None:
    wire = b'3;a=b;c="d e"\r\nabc\r\n2 ;x\r\nde\r\n000;last\r\nX-Sum: 1\r\nY:\r\n\r\n'
    body = Chunked()
    assert read(body, *cut(wire, cuts)) == b"abcde"
    assert body.done


@pytest.mark.threat(19)
@pytest.mark.parametrize(
    "wire",
    [
        b"x\r\n",
        b"-1\r\n",
        b"+1\r\n",
        b"0x1\r\n",
        b" 1\r\n",
        b"1 \r\n",
        b"1_0\r\n",
        b"\r\n",
        b";a\r\n",
        b"1\n",
        b"1;a\n",
        b"1;\x00\r\n",
        b"1;\xff\r\n",
        b"1\r\nab\r\n",
        b"1\r\naX",
        b"1\r\na\n1\r\n",
        b"1\r\na\r\r\n",
        b"1\r\na1\r\n",
        b"1000000000000000\r\n",
        b"1" + b";" * 300,
        b"0\r\nno colon\r\n\r\n",
        b"0\r\nA : 1\r\n\r\n",
        b"0\r\n A: 1\r\n\r\n",
        b"0\r\nA: 1\n\r\n",
        b"0\r\n\n",
        b"0\r\nA: \xff\r\n\r\n",
        b"0\r\n" + b"A: 1\r\n" * 2000,
        b"0\r\nA: " + b"1" * 9000,
    ],
)
@pytest.mark.parametrize("by_byte", [False, True])
def test_threat_19_chunks_that_can_be_read_in_two_ways_are_refused(
    wire: bytes, by_byte: bool
) -> None:
    pieces = [bytes([byte]) for byte in wire] if by_byte else [wire]
    with pytest.raises(UpstreamError, match="upstream_malformed"):
        read(Chunked(), *pieces)


@pytest.mark.threat(18)
@pytest.mark.parametrize(
    ("body", "wire"),
    [
        (Sized(0), b"x"),
        (Sized(2), b"abc"),
        (Chunked(), b"0\r\n\r\nx"),
        (Chunked(), b"0\r\n\r\n\r\n"),
    ],
)
def test_threat_18_bytes_after_the_end_are_refused(body: Body, wire: bytes) -> None:
    with pytest.raises(UpstreamError, match="bytes follow its end"):
        body.feed(wire)


@pytest.mark.threat(18)
@pytest.mark.parametrize(("body", "wire"), [(Sized(2), b"ab"), (Chunked(), b"0\r\n\r\n")])
def test_threat_18_bytes_after_the_end_are_refused_when_they_come_later(
    body: Body, wire: bytes
) -> None:
    body.feed(wire)
    with pytest.raises(UpstreamError, match="bytes follow its end"):
        body.feed(b"HTTP/1.1 200 OK\r\n\r\n")
    assert body.done


@pytest.mark.threat(19)
@pytest.mark.parametrize(
    ("body", "wire"),
    [(Sized(1), b""), (Sized(5), b"abcd"), (Chunked(), b"5\r\nabcde\r\n"), (Chunked(), b"0\r\n")],
)
def test_threat_19_a_body_that_is_cut_short_never_ends_cleanly(body: Body, wire: bytes) -> None:
    read(body, *cut(wire, [1]))
    with pytest.raises(UpstreamError, match="upstream_cut_short"):
        body.eof()
    assert not body.done


class Reader:
    """What another parser makes of a response."""

    def __init__(self) -> None:
        self.body = b""
        self.complete = False

    def on_body(self, data: bytes) -> None:
        self.body += data

    def on_message_complete(self) -> None:
        self.complete = True


PART = st.one_of(
    st.binary(max_size=4),
    st.sampled_from(
        [b"\r\n", b"\n", b"0", b"3", b"a", b"abc", b";x", b"A: 1", b"0\r\n\r\n", b"\t"]
    ),
)


@given(st.lists(PART, max_size=10).map(b"".join))
@example(b"3;x\r\nabc\r\n0\r\nA: 1\r\n\r\n")
def test_whatever_is_accepted_another_parser_reads_in_the_same_way(wire: bytes) -> None:
    body = Chunked()
    try:
        found = body.feed(wire)
    except UpstreamError:
        return
    if not body.done:
        return  # the other parser may refuse a line of which we wait for the end
    reader = Reader()
    parser = httptools.HttpResponseParser(reader)
    parser.feed_data(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + wire)
    assert (reader.body, reader.complete) == (found, True)
