"""A request's head as bytes, written so that it can be read in one way only."""

from __future__ import annotations

import re

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

# The look-ahead within the look-ahead is for speed: most names do not begin like one of ours.
_FIELD = rb"(?!(?=[CcEeHhKkPpTtUu])(?i:%b)\0)%b\0%b\r\n" % (_OURS, TOKEN, TEXT)
_HEAD = re.compile(
    rb"(?!CONNECT )%b [/*](?:%b)? HTTP/1\.1\r\nHost: %b\r\n(?:%b)*+"
    % (TOKEN, VISIBLE, VISIBLE, _FIELD)
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
    start = f"{head.method} {head.target} HTTP/1.1\r\nHost: {head.host}"
    # A zero byte stands for the colon until all is proven: no byte of a name or a value can pass
    # for it, and no line is there that was not counted.
    lines = [start.encode("utf-8", "surrogatepass"), *map(b"\0".join, head.headers), b""]
    block = b"\r\n".join(lines)
    if not _HEAD.fullmatch(block) or block.count(b"\n") != len(lines) or not is_utf8(block):
        raise unsafe_request("its target, or one of its fields, could be read in two ways")
    return b"%b%b\r\n" % (block.replace(b"\0", b": "), framing)
