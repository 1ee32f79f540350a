from __future__ import annotations

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import UpstreamError
from gateway.upstream.response_head import Framing, parse_head


def framing(
    fields: bytes, *, status: bytes = b"200", method: str = "GET", v: bytes = b"1"
) -> Framing:
    return parse_head(b"HTTP/1." + v + b" " + status + b" X\r\n" + fields + b"\r\n", method)[1]


def test_a_head_keeps_names_values_and_order() -> None:
    head, _ = parse_head(
        b"HTTP/1.1 299 So So\r\nB:1\r\na: \t2 3 \t\r\nB:\r\nC: caf\xc3\xa9:\r\n\r\n", "GET"
    )
    assert (head.status, head.reason) == (299, b"So So")
    assert head.headers == ((b"B", b"1"), (b"a", b"2 3"), (b"B", b""), (b"C", b"caf\xc3\xa9:"))


@pytest.mark.parametrize("line", [b"HTTP/1.1 200", b"HTTP/1.1 200 "])
def test_a_reason_may_be_missing(line: bytes) -> None:
    head, _ = parse_head(line + b"\r\n\r\n", "GET")
    assert (head.status, head.reason, head.headers) == (200, b"", ())


@pytest.mark.threat(19)
@pytest.mark.parametrize(
    "block",
    [
        b"HTTP/1.1 200 OK\r\nA: 1\r\n B\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n A: 1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA : 1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n: 1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: 1\nB: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\nA: 1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: 1\rB: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: 1\x00\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: \x1b[31m\r\n\r\n",
        b"HTTP/1.1 200 O\x00K\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\xc3\xa9: 1\r\n\r\n",
        b"HTTP/1.1  200 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 099 OK\r\n\r\n",
        b"HTTP/1.2 200 OK\r\n\r\n",
        b"HTTP/2.0 200 OK\r\n\r\n",
        b"http/1.1 200 OK\r\n\r\n",
        b"ICY 200 OK\r\n\r\n",
        b"\r\nHTTP/1.1 200 OK\r\n\r\n",
    ],
)
def test_threat_19_a_head_that_two_programs_read_differently_is_refused(block: bytes) -> None:
    with pytest.raises(UpstreamError, match="upstream_malformed"):
        parse_head(block, "GET")


@pytest.mark.threat(4)
@pytest.mark.parametrize("value", [b"DE\xffLETE", b"caf\xe9", b"\xc0\xaf", b"\xed\xa0\x80"])
def test_threat_4_a_value_that_is_not_utf8_is_refused(value: bytes) -> None:
    with pytest.raises(UpstreamError, match="upstream_malformed"):
        parse_head(b"HTTP/1.1 200 OK\r\nA: " + value + b"\r\n\r\n", "GET")


def test_a_length_a_chunked_and_a_close_delimited_body() -> None:
    assert framing(b"content-LENGTH: 0012\r\n").length == 12
    assert framing(b"Transfer-Encoding: Chunked\r\n").chunked
    bare = framing(b"")
    assert (bare.length, bare.chunked, bare.persistent) == (None, False, False)


@pytest.mark.threat(19)
@pytest.mark.parametrize(
    "fields",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        b"Content-Length: 5\r\nContent-Length: 5\r\n",
        b"Content-Length: 5\r\ncontent-length: 6\r\n",
        b"Content-Length: 5, 5\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length: -5\r\n",
        b"Content-Length: 0x5\r\n",
        b"Content-Length: 5 5\r\n",
        b"Content-Length: 1_0\r\n",
        b"Content-Length:\r\n",
        b"Content-Length: \xd9\xa5\r\n",
        b"Content-Length: 1000000000000000000000\r\n",
        b"Transfer-Encoding: gzip, chunked\r\n",
        b"Transfer-Encoding: chunked, chunked\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: identity\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding:\r\n",
    ],
)
def test_threat_19_a_body_framed_in_two_ways_or_in_none_is_refused(fields: bytes) -> None:
    with pytest.raises(UpstreamError, match="upstream_malformed"):
        framing(fields)


@pytest.mark.threat(19)
def test_threat_19_http_1_0_has_no_chunks() -> None:
    with pytest.raises(UpstreamError, match="upstream_malformed"):
        framing(b"Transfer-Encoding: chunked\r\n", v=b"0")


@pytest.mark.parametrize(
    ("status", "method"), [(b"200", "HEAD"), (b"204", "GET"), (b"304", "GET"), (b"404", "HEAD")]
)
@pytest.mark.parametrize(
    "fields", [b"Content-Length: 9\r\n", b"Transfer-Encoding: chunked\r\n", b""]
)
def test_some_responses_never_have_a_body(status: bytes, method: str, fields: bytes) -> None:
    found = framing(fields, status=status, method=method)
    assert (found.length, found.chunked, found.persistent) == (0, False, True)


@pytest.mark.threat(21)
@pytest.mark.parametrize("fields", [b"Content-Length: 0\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_threat_21_an_interim_response_with_a_body_is_refused(fields: bytes) -> None:
    with pytest.raises(UpstreamError, match="upstream_malformed"):
        framing(fields, status=b"103")


@pytest.mark.parametrize(
    ("fields", "v", "persistent"),
    [
        (b"", b"1", True),
        (b"Connection: keep-alive\r\n", b"1", True),
        (b"Connection: Close\r\n", b"1", False),
        (b"Connection: x, close\r\n", b"1", False),
        (b"Connection: close\r\nConnection: keep-alive\r\n", b"1", False),
        (b"Connection: keep-alive\r\n", b"0", False),
    ],
)
def test_a_connection_is_kept_only_when_nothing_speaks_against_it(
    fields: bytes, v: bytes, persistent: bool
) -> None:
    assert framing(b"Content-Length: 0\r\n" + fields, v=v).persistent is persistent


def test_the_app_may_say_how_long_it_keeps_a_connection() -> None:
    assert framing(b"Keep-Alive: timeout=5, max=100\r\n").keep_alive == 5
    assert framing(b"Keep-Alive: max=100,timeout=75\r\n").keep_alive == 75
    assert framing(b"Keep-Alive: xtimeout=5\r\n").keep_alive is None


@pytest.mark.parametrize("value", [b"text/event-stream", b"Text/Event-Stream; charset=utf-8"])
def test_an_event_stream_may_be_silent(value: bytes) -> None:
    assert framing(b"Content-Type: " + value + b"\r\n").silent
    assert not framing(b"Content-Type: text/html\r\n").silent


class Reader:
    """What another parser makes of a head."""

    def __init__(self) -> None:
        self.fields: list[tuple[bytes, bytes]] = []

    def on_header(self, name: bytes, value: bytes) -> None:
        self.fields.append((name, value))


LINE = st.one_of(
    st.binary(max_size=12),
    st.builds(
        lambda name, gap, value: name + b":" + gap + value,
        st.sampled_from([b"A", b"b-c", b"Content-Length", b"Transfer-Encoding", b"X ", b""]),
        st.sampled_from([b"", b" ", b"\t "]),
        st.one_of(st.binary(max_size=8), st.sampled_from([b"5", b"chunked", b"a b ", b"\xc3\xa9"])),
    ),
)


@given(st.lists(LINE, max_size=5))
def test_whatever_is_accepted_another_parser_reads_in_the_same_way(lines: list[bytes]) -> None:
    block = b"\r\n".join([b"HTTP/1.1 200 OK", *lines, b"", b""])
    try:
        head, _ = parse_head(block, "GET")
    except UpstreamError:
        return
    reader = Reader()
    httptools.HttpResponseParser(reader).feed_data(block)
    assert tuple((name, value.rstrip(b" \t")) for name, value in reader.fields) == head.headers
