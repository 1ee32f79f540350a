from __future__ import annotations

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import GatewayError
from gateway.model import RequestHead
from gateway.upstream.request_head import CHUNKED, NO_BODY, WEBSOCKET, request_bytes, sized
from tests.upstream.support import request


def test_a_head_is_written_as_it_is() -> None:
    head = request("PATCH", "/a//b;c?d=%2f&e='", ((b"Accept", b""), (b"x", b"caf\xc3\xa9\t1")))
    assert request_bytes(head, NO_BODY) == (
        b"PATCH /a//b;c?d=%2f&e=' HTTP/1.1\r\nHost: crm.example\r\n"
        b"Accept: \r\nx: caf\xc3\xa9\t1\r\n\r\n"
    )


@pytest.mark.parametrize("framing", [sized(7), CHUNKED, WEBSOCKET])
def test_the_framing_is_ours_and_last(framing: bytes) -> None:
    wire = request_bytes(request("POST", "/", ((b"A", b"1"),)), framing)
    assert wire == b"POST / HTTP/1.1\r\nHost: crm.example\r\nA: 1\r\n" + framing + b"\r\n"


def test_options_of_the_server_itself_can_be_asked() -> None:
    assert request_bytes(request("OPTIONS", "*"), NO_BODY).startswith(b"OPTIONS * HTTP/1.1\r\n")


@pytest.mark.threat(16)
@pytest.mark.parametrize(
    "field",
    [
        (b"Content-Length", b"5"),
        (b"transfer-encoding", b"chunked"),
        (b"HOST", b"other"),
        (b"Connection", b"x-remote-user"),
        (b"Keep-Alive", b"timeout=5"),
        (b"Upgrade", b"h2c"),
        (b"Expect", b"100-continue"),
        (b"TE", b"trailers"),
        (b"Trailer", b"x"),
        (b"Proxy-Connection", b"close"),
        (b"X", b"1\r\nX-Remote-User: admin"),
        (b"X", b"1\nX-Remote-User: admin"),
        (b"X", b"1\rX"),
        (b"X", b"1\x00"),
        (b"X", b"1\r\nX-Remote-User\x00admin"),
        (b"X\x001\r\nY", b"1"),
        (b"X\x00Y", b"1"),
        (b"X", b"\x7f"),
        (b"X: 1\r\nY", b"1"),
        (b"X ", b"1"),
        (b" X", b"1"),
        (b"X:Y", b"1"),
        (b"", b"1"),
        (b"X\xc3\xa9", b"1"),
    ],
)
def test_threat_16_a_field_that_reframes_or_splits_is_never_written(
    field: tuple[bytes, bytes],
) -> None:
    with pytest.raises(GatewayError, match="unsafe_request"):
        request_bytes(request(headers=((b"A", b"1"), field)), NO_BODY)


@pytest.mark.threat(4)
def test_threat_4_a_value_that_is_not_utf8_is_never_written() -> None:
    with pytest.raises(GatewayError, match="unsafe_request"):
        request_bytes(request(headers=((b"X", b"DE\xffLETE"),)), NO_BODY)


@pytest.mark.threat(18)
@pytest.mark.parametrize(
    ("method", "target", "host"),
    [
        ("CONNECT", "/", "h"),
        ("GET", "http://evil/x", "h"),
        ("GET", "", "h"),
        ("GET", "/ HTTP/1.1\r\nX: 1", "h"),
        ("GET", "/a b", "h"),
        ("GET", "/é", "h"),
        ("GET /", "/", "h"),
        ("", "/", "h"),
        ("DE\xffLETE", "/", "h"),
        ("GET", "/", ""),
        ("GET", "/", "h\r\nX: 1"),
        ("GET", "/\udcff", "h"),
    ],
)
def test_threat_18_a_start_that_is_not_plain_is_never_written(
    method: str, target: str, host: str
) -> None:
    with pytest.raises(GatewayError, match="unsafe_request"):
        request_bytes(RequestHead(method=method, target=target, headers=(), host=host), NO_BODY)


class Reader:
    """What another parser makes of a request."""

    def __init__(self) -> None:
        self.fields: list[tuple[bytes, bytes]] = []
        self.target = b""
        self.complete = 0

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.fields.append((name, value))

    def on_message_complete(self) -> None:
        self.complete += 1


@given(
    st.text(max_size=12),
    st.lists(st.tuples(st.binary(max_size=6), st.binary(max_size=12)), max_size=4),
)
def test_whatever_is_written_is_read_as_what_was_meant(
    path: str, fields: list[tuple[bytes, bytes]]
) -> None:
    head = RequestHead(method="GET", target="/" + path, headers=tuple(fields), host="h")
    try:
        wire = request_bytes(head, NO_BODY)
    except GatewayError:
        return
    reader = Reader()
    httptools.HttpRequestParser(reader).feed_data(wire)
    assert (reader.target.decode(), reader.complete) == (head.target, 1)
    assert reader.fields[0] == (b"Host", b"h")
    assert reader.fields[1:] == [(name, value.strip(b" \t")) for name, value in fields]
