"""A response's head: strict bytes in, values out (RFC 9112, 4 to 6)."""

from __future__ import annotations

import re
from typing import Literal

from gateway.model import Frozen, ResponseHead
from gateway.upstream.faults import malformed
from gateway.wire.grammar import TEXT, TOKEN, is_utf8
from gateway.wire.memory import Memory

# These two take a line as a whole: a line that begins with a space (obs-fold), a space before a
# colon, a bare CR or LF, or a NUL does not match.
_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: (%b))?" % TEXT)
_FIELD = re.compile(rb"(%b):[ \t]*+(%b)" % (TOKEN, TEXT))
_MAX_DIGITS = 18  # an exabyte; anything longer is an attack on somebody's integers
_TIMEOUT = re.compile(rb"(?:^|[,\s])timeout=([0-9]{1,6})(?:$|[,\s])")

_Decision = tuple[
    Literal["length", "chunked", "connection", "keep_alive", "silent"], int, frozenset[bytes]
]
"""What one field says about the body or the connection: a number, and names of other fields.

Of `connection` the number says whether it closes."""
_NO_NAMES: frozenset[bytes] = frozenset()
_OPTIONS = frozenset((b"keep-alive", b"close"))


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
    lines = block.split(b"\r\n")
    minor, status, reason = _STATUSES[lines[0]]
    headers = []
    decisions = []
    listed = _NO_NAMES
    for line in lines[1:-2]:
        field, decision = _FIELDS[line]
        headers.append(field)
        if decision is not None:
            decisions.append(decision)
            listed = listed | decision[2] if decision[2] else listed
    head = ResponseHead(status=status, reason=reason, headers=tuple(headers), of_connection=listed)
    return head, _framing(status, method, minor == 1, decisions)


def _read_status(line: bytes) -> tuple[int, int, bytes]:
    """A status line: HTTP/1's minor version, the status and the reason."""
    match = _STATUS.fullmatch(line)
    if match is None or not is_utf8(line):
        raise malformed("its first line is not an HTTP/1.1 status line")
    minor, code, reason = match.groups()
    return int(minor), int(code), reason or b""


def _read_field(line: bytes) -> tuple[tuple[bytes, bytes], _Decision | None]:
    """A field line: name and value, and what it decides."""
    match = _FIELD.fullmatch(line)
    if match is None or not is_utf8(line):
        raise malformed("its head holds bytes or lines that HTTP/1.1 does not allow")
    name, value = match[1], match[2].rstrip(b" \t")
    return (name, value), _decision(name.lower(), value)


_STATUSES = Memory(_read_status, len)
_FIELDS = Memory(_read_field, len)


def _decision(name: bytes, value: bytes) -> _Decision | None:
    if name == b"content-length":
        if not value.isdigit() or len(value) > _MAX_DIGITS:
            raise malformed("its Content-Length is not one number")
        return "length", int(value), _NO_NAMES
    if name == b"transfer-encoding":
        if value.lower() != b"chunked":
            raise malformed("its Transfer-Encoding is not chunked, and only that")
        return "chunked", 0, _NO_NAMES
    if name == b"connection":
        tokens = frozenset(token.strip(b" \t") for token in value.lower().split(b","))
        return "connection", b"close" in tokens, tokens - _OPTIONS
    if name == b"keep-alive" and (timeout := _TIMEOUT.search(value)):
        return "keep_alive", int(timeout[1]), _NO_NAMES
    if name == b"content-type" and value[:17].lower() == b"text/event-stream":
        return "silent", 0, _NO_NAMES
    return None


def _framing(status: int, method: str, current: bool, decisions: list[_Decision]) -> Framing:
    """Apply RFC 9112, 6.3, where every choice it leaves to the reader is an error."""
    length = keep_alive = None
    chunked = False
    silent = status == 101
    persistent = current
    for what, number, _ in decisions:
        if what == "length":
            if length is not None:
                raise malformed("it has more than one Content-Length")
            length = number
        elif what == "chunked":
            if chunked or not current:
                raise malformed("its Transfer-Encoding is not chunked, and only that")
            chunked = True
        elif what == "connection":
            persistent = persistent and not number
        elif what == "keep_alive":
            keep_alive = number
        else:
            silent = True
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
        silent=silent,
    )
