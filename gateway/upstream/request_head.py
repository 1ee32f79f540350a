"""A request's head as bytes, written so that it can be read in one way only."""

from __future__ import annotations

import re

from gateway.errors import GatewayError
from gateway.model import RequestHead
from gateway.upstream.faults import unsafe_request
from gateway.upstream.grammar import TEXT, TOKEN, VISIBLE, is_utf8

NO_BODY = b""
CHUNKED = b"Transfer-Encoding: chunked\r\n"
WEBSOCKET = b"Connection: Upgrade\r\nUpgrade: websocket\r\n"

# Host and the fields of one hop are this module's to write. Expect would make the app wait for us
# while we wait for it (threat 20); TE and Trailer ask for what would be dropped (threat 21).
_OURS = (
    rb"connection|content-length|expect|host|keep-alive|proxy-connection|te|trailer"
    rb"|transfer-encoding|upgrade"
)

# The first look-ahead is for speed alone: most names do not begin like one of ours.
_FIELDS = re.compile(
    rb"(?:(?!(?=[CcEeHhKkPpTtUu])(?i:%b):)%b:%b\r\n)*+" % (_OURS, TOKEN, TEXT),
)
_START = re.compile(
    rb"(?!CONNECT )%b [/*](?:%b)? HTTP/1\.1\r\nHost: %b\r\n" % (TOKEN, VISIBLE, VISIBLE)
)


def sized(length: int) -> bytes:
    """The framing of a body of `length` bytes."""
    return b"Content-Length: %d\r\n" % length


def request_bytes(head: RequestHead, framing: bytes) -> bytes:
    """`head` on the wire, up to and with the empty line: Host, its fields, then `framing`.

    Raises:
        GatewayError: `unsafe_request`; a stage before let through what could split or reframe the
            request, so nothing is written.
    """
    try:
        start = f"{head.method} {head.target} HTTP/1.1\r\nHost: {head.host}\r\n".encode("ascii")
    except UnicodeEncodeError:
        raise _doubt(head) from None
    fields = b"".join([b"%b: %b\r\n" % field for field in head.headers])
    if not _START.fullmatch(start) or not _FIELDS.fullmatch(fields) or not is_utf8(fields):
        raise _doubt(head)
    return b"%b%b%b\r\n" % (start, fields, framing)


def _doubt(head: RequestHead) -> GatewayError:
    for name, value in head.headers:
        field = b"%b: %b\r\n" % (name, value)
        if not _FIELDS.fullmatch(field) or not is_utf8(field):
            return unsafe_request(f"the field {name[:64]!r} cannot be written")
    return unsafe_request("its method, target or host cannot be written")
