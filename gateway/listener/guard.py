"""A strict reader of HTTP/1.1 request framing: bytes in, a fault out, no I/O.

It walks beside aiohttp's parser and sees every byte first. What two parsers could read differently
is a fault, never repaired (RFC 9112, 2.2, 5, 6, 7.1; threat rows 16 to 18 and 22):

- a head is lines that end in CR LF, without other controls, folding or bytes outside its lines;
- the request line is `METHOD target HTTP/1.1` or `HTTP/1.0`, with one space each;
- one Content-Length of digits, or one `Transfer-Encoding: chunked`, never both;
- chunk sizes are hexadecimal digits and nothing else; trailers are read and dropped;
- CONNECT and TRACE are not spoken; a request to upgrade has no body.

After an upgrade request no further request may come on the connection, so its bytes are not read.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from gateway.errors import ClientError

_TOKEN: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_REQUEST_LINE: Final = re.compile(rb"(" + _TOKEN + rb") [\x21-\x7e]+ HTTP/1\.[01]\r\n")
_NO_FIELD: Final = re.compile(rb"\r\n(?!" + _TOKEN + rb":|\Z)")
_CONTROLS: Final = bytes([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
_CHUNK_SIZE: Final = re.compile(rb"[0-9A-Fa-f]{1,15}")
_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*\r\n")
_CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding:[ \t]*chunked[ \t]*\r\n")
_UNSPOKEN: Final = frozenset((b"CONNECT", b"TRACE"))
_LONGEST_SIZE_LINE: Final = 18
_LARGEST_TRAILERS: Final = 8192


class _At(Enum):
    HEAD = "head"
    LENGTH = "length"
    SIZE = "size"
    CHUNK = "chunk"
    CHUNK_END = "chunk end"
    TRAILERS = "trailers"
    OPAQUE = "opaque"


class FramingGuard:
    """Follows one connection. `feed` raises `ClientError` on the first fault and is then finished.

    Args:
        max_head: the most bytes that a request line with its header fields may have; more is 431.
    """

    __slots__ = ("_at", "_kept", "_left", "_max_head")

    def __init__(self, max_head: int) -> None:
        self._max_head = max_head
        self._at = _At.HEAD
        self._kept = b""
        self._left = 0

    @property
    def waits_for_head(self) -> bool:
        """A head has begun and is not complete: a deadline should run."""
        return self._at is _At.HEAD and bool(self._kept)

    @property
    def blind(self) -> bool:
        """A request to upgrade was seen: what follows is not read, so it must not be a request."""
        return self._at is _At.OPAQUE

    def feed(self, data: bytes) -> None:
        """Read the connection's next bytes, in any chunking."""
        if self._kept:
            data = self._kept + data
            self._kept = b""
        at = 0
        while at < len(data):
            if self._at is _At.HEAD:
                at = self._head(data, at)
            elif self._at is _At.OPAQUE:
                return
            elif self._at is _At.LENGTH or self._at is _At.CHUNK:
                at = self._skip(data, at)
            else:
                at = self._line(data, at)

    def _head(self, data: bytes, at: int) -> int:
        if data.startswith(b"\r\n", at):  # RFC 9112, 2.2 lets a server skip it: two readers differ
            raise _fault("an empty line stands before the request line")
        end = data.find(b"\r\n\r\n", at)
        # Of a head whose end is still to come, the last three bytes may belong to that end.
        if (end if end >= 0 else len(data) - 3) - at > self._max_head:
            raise ClientError(
                "head_too_large",
                f"The request's header fields have more than {self._max_head} bytes.",
                "Delete this site's cookies, and try again.",
                status=431,
            )
        if end < 0:
            self._kept = data[at:]
            if b"\n" in self._kept.replace(b"\r\n", b""):
                raise _fault("a line ends without CR LF")
            return len(data)
        self._check(data[at : end + 4])
        return end + 4

    def _check(self, head: bytes) -> None:
        line = _REQUEST_LINE.match(head)
        if line is None:
            raise _fault("the request line is not METHOD target HTTP/1.1")
        if head.translate(None, _CONTROLS) != head:
            raise _fault("a header field holds a control character")
        lines = head.count(b"\r\n")
        if head.count(b"\n") != lines or head.count(b"\r") != lines:
            raise _fault("a line ends without CR LF")
        if _NO_FIELD.search(head, line.end() - 2, len(head) - 2):
            raise _fault("a header field is folded, or its name is not a token")
        if line[1] in _UNSPOKEN:
            raise ClientError(
                "method_not_spoken",
                f"{line[1].decode()} is not spoken here.",
                "Use another method.",
                status=405,
            )
        fields = head.lower()
        lengths = fields.count(b"\r\ncontent-length:")
        codings = fields.count(b"\r\ntransfer-encoding:")
        upgrades = b"\r\nupgrade:" in fields
        if lengths or codings:
            self._body(fields, lengths, codings, upgrades)
        elif upgrades:
            self._at = _At.OPAQUE

    def _body(self, fields: bytes, lengths: int, codings: int, upgrades: bool) -> None:
        if lengths + codings > 1:
            raise _fault("the body's length is given more than once")
        if codings:
            if not _CHUNKED.search(fields) or b" http/1.0\r\n" in fields:
                raise _fault("the only transfer coding spoken is chunked, with HTTP/1.1")
            self._at = _At.SIZE
        else:
            length = _LENGTH.search(fields)
            if length is None:
                raise _fault("Content-Length is not a number")
            self._left = int(length[1])
            if self._left:
                self._at = _At.LENGTH
        if upgrades:
            if self._at is not _At.HEAD:
                raise _fault("a request to upgrade has a body")
            self._at = _At.OPAQUE

    def _skip(self, data: bytes, at: int) -> int:
        taken = min(self._left, len(data) - at)
        self._left -= taken
        if not self._left:
            self._at = _At.HEAD if self._at is _At.LENGTH else _At.CHUNK_END
        return at + taken

    def _line(self, data: bytes, at: int) -> int:
        """A chunk's size line, the CR LF after its data, or a trailer line."""
        end = data.find(b"\n", at)
        longest = _LARGEST_TRAILERS if self._at is _At.TRAILERS else _LONGEST_SIZE_LINE
        if (end if end >= 0 else len(data)) - at > longest:
            raise _fault("a chunk's size line or a trailer is too long")
        if end < 0:
            self._kept = data[at:]
            return len(data)
        if data[end - 1 : end] != b"\r" or end == at:
            raise _fault("a line in a chunked body ends without CR LF")
        line = data[at : end - 1]
        if self._at is _At.SIZE:
            if not _CHUNK_SIZE.fullmatch(line):
                raise _fault("a chunk's size is not hexadecimal digits alone")
            self._left = int(line, 16)
            self._at = _At.CHUNK if self._left else _At.TRAILERS
        elif self._at is _At.CHUNK_END:
            if line:
                raise _fault("a chunk is longer than its size")
            self._at = _At.SIZE
        elif not line:
            self._at = _At.HEAD
            self._left = 0
        else:
            self._trailer(line)
        return end + 1

    def _trailer(self, line: bytes) -> None:
        self._left += len(line)
        if self._left > _LARGEST_TRAILERS:
            raise _fault("the trailers are too long")
        if line.translate(None, _CONTROLS) != line or _NO_FIELD.match(b"\r\n" + line):
            raise _fault("a trailer is not a header field")


def _fault(why: str) -> ClientError:
    return ClientError(
        "malformed_request",
        f"The request could not be read without doubt: {why}.",
        "Nothing was sent to the app. If a program made this request, mend it there.",
    )
