"""A response's head: strict bytes in, values out (RFC 9112, 4 to 6)."""

from __future__ import annotations

import re

from gateway.model import Frozen, Headers, ResponseHead
from gateway.upstream.faults import malformed
from gateway.upstream.grammar import TEXT, TOKEN, is_utf8

# One pass proves the whole block, so that the passes after it need not doubt: a line that begins
# with a space (obs-fold), a space before a colon, a bare CR or LF, or a NUL does not match. The
# last group is empty, not None, when white space ends any value.
_HEAD = re.compile(
    rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: (%b))?\r\n((?:%b:%b(?:(?<=[ \t])())?\r\n)*+)\r\n"
    % (TEXT, TOKEN, TEXT),
)
_FIELD = re.compile(rb"([^:]++):[ \t]*+([^\r]*+)\r\n")
_DECIDING = frozenset(
    {b"connection", b"content-length", b"content-type", b"keep-alive", b"transfer-encoding"}
)
_MAX_DIGITS = 18  # an exabyte; anything longer is an attack on somebody's integers
_TIMEOUT = re.compile(rb"(?:^|[,\s])timeout=([0-9]{1,6})(?:$|[,\s])")


class Framing(Frozen, frozen=True, kw_only=True):
    """What a head says about the bytes after it, and about its connection.

    `length`: bytes of body; None when only its end tells (`chunked`, or the connection's end).
    `persistent`: the connection may carry another request, within `keep_alive` seconds if given.
    `silent`: an event stream or a tunnel, which may say nothing for a long time.
    """

    length: int | None
    chunked: bool
    persistent: bool
    keep_alive: int | None
    silent: bool


def parse_head(block: bytes, method: str) -> tuple[ResponseHead, Framing]:
    """Read `block`, a head with its empty line, that answers a request by `method`.

    Raises:
        UpstreamError: `upstream_malformed`.
    """
    match = _HEAD.fullmatch(block)
    if match is None or not is_utf8(block):
        raise malformed("its head holds bytes or lines that HTTP/1.1 does not allow")
    minor, code, reason, lines, blank = match.groups()
    fields = tuple(_FIELD.findall(lines))
    if blank is not None:
        fields = tuple((name, value.rstrip(b" \t")) for name, value in fields)
    status = int(code)
    head = ResponseHead(status=status, reason=reason or b"", headers=fields)
    return head, _framing(status, method, minor == b"1", fields)


def _framing(status: int, method: str, current: bool, fields: Headers) -> Framing:
    """Apply RFC 9112, 6.3, where every choice it leaves to the reader is an error."""
    length = keep_alive = None
    chunked = silent = False
    persistent = current
    for field, value in fields:
        name = field.lower()
        if name not in _DECIDING:
            continue
        if name == b"content-length":
            if length is not None or not value.isdigit() or len(value) > _MAX_DIGITS:
                raise malformed("its Content-Length is not one number")
            length = int(value)
        elif name == b"content-type":
            silent = value[:17].lower() == b"text/event-stream"
        elif name == b"connection":
            persistent = persistent and b"close" not in value.lower()
        elif name == b"transfer-encoding":
            if chunked or not current or value.lower() != b"chunked":
                raise malformed("its Transfer-Encoding is not chunked, and only that")
            chunked = True
        elif timeout := _TIMEOUT.search(value):
            keep_alive = int(timeout[1])
    if chunked and length is not None:
        raise malformed("it has both a Content-Length and a Transfer-Encoding")
    if status < 200:
        if chunked or length is not None:
            raise malformed("an interim response has a body")
        length = 0
    elif method == "HEAD" or status in (204, 304):
        length, chunked = 0, False
    return Framing(
        length=length,
        chunked=chunked,
        persistent=persistent and (chunked or length is not None),
        keep_alive=keep_alive,
        silent=silent or status == 101,
    )
