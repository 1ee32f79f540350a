"""A request's head as bytes, written so that it can be read in one way only."""

from __future__ import annotations

import re

from gateway.model import RequestHead
from gateway.upstream.faults import unsafe_request
from gateway.wire.grammar import TEXT, TOKEN, VISIBLE, is_utf8
from gateway.wire.memory import Memory

NO_BODY = b""
CHUNKED = b"Transfer-Encoding: chunked\r\n"
WEBSOCKET = b"Connection: Upgrade\r\nUpgrade: websocket\r\n"

# Host and the fields of one hop are this module's to write. Expect would make the app wait for us
# while we wait for it (threat 20); TE and Trailer ask for what would be dropped (threat 21).
_OURS = (
    rb"connection|content-length|expect|host|keep-alive|proxy-connection|te|trailer"
    rb"|transfer-encoding|upgrade"
)

_START = re.compile(
    rb"(?!CONNECT )%b [/*](?:%b)? HTTP/1\.1\r\nHost: %b\r\n" % (TOKEN, VISIBLE, VISIBLE)
)
_NAME = re.compile(rb"(?!(?i:%b)\Z)%b" % (_OURS, TOKEN))
_VALUE = re.compile(TEXT)


def sized(length: int) -> bytes:
    """The framing of a body of `length` bytes."""
    return b"Content-Length: %d\r\n" % length


def request_bytes(head: RequestHead, framing: bytes) -> bytes:
    """`head` on the wire, up to and with the empty line: Host, its fields, then `framing`.

    Raises:
        GatewayError: `unsafe_request`; a stage before let through what could split or reframe the
            request, so nothing is written.
    """
    start = f"{head.method} {head.target} HTTP/1.1\r\nHost: {head.host}\r\n".encode(
        "utf-8", "surrogatepass"
    )
    if not _START.fullmatch(start):
        raise unsafe_request("its method, target or host could be read in two ways")
    return b"".join([start, *map(_LINES.__getitem__, head.headers), framing, b"\r\n"])


def _write_line(field: tuple[bytes, bytes]) -> bytes:
    name, value = field
    if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value) or not is_utf8(value):
        raise unsafe_request(f"the field {name[:64]!r} could be read in two ways, or is ours")
    return b"%b: %b\r\n" % field


_LINES = Memory(_write_line, lambda field: len(field[0]) + len(field[1]))
