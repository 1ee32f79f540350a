"""How the bytes after a request's head become its body (RFC 9112, 6 and 7.1).

Chunk sizes are hexadecimal digits and nothing else: extensions, which programs skip in different
ways, are a fault. Trailers are read and dropped (threat rows 16 and 21).
"""

from __future__ import annotations

import re
from typing import Final, Protocol

from gateway.errors import ClientError
from gateway.wire.grammar import TEXT, TOKEN

_SIZE: Final = re.compile(rb"[0-9A-Fa-f]{1,15}\r\n")
_CLOSE: Final = re.compile(rb"\r\n")
_TRAILER: Final = re.compile(rb"%b:%b\r\n" % (TOKEN, TEXT))
_LONGEST_SIZE_LINE: Final = 18
_LARGEST_TRAILERS: Final = 8192


class Body(Protocol):
    """Takes bytes of the connection. `done`: the body's end was among them."""

    done: bool

    def take(self, data: bytes) -> tuple[bytes, bytes]:
        """Give the body's bytes in `data`, and what is left: unfinished framing, or what follows.

        Raises:
            ClientError: 400; its framing is in doubt.
        """


class Sized:
    """A body of `length` bytes, at least one."""

    __slots__ = ("_left", "done")

    def __init__(self, length: int) -> None:
        self._left = length
        self.done = False

    def take(self, data: bytes) -> tuple[bytes, bytes]:
        """As `Body.take`."""
        piece, rest = data, b""
        if len(data) > self._left:
            piece, rest = data[: self._left], data[self._left :]
        self._left -= len(piece)
        self.done = not self._left
        return piece, rest


class Chunked:
    """A body in chunks."""

    __slots__ = ("_left", "_line", "_trailers", "done")

    def __init__(self) -> None:
        self._left = 0  # bytes of the current chunk that are still to come
        self._line = _SIZE  # what the next line must be
        self._trailers = 0  # bytes of trailers so far
        self.done = False

    def take(self, data: bytes) -> tuple[bytes, bytes]:
        """As `Body.take`."""
        parts = []
        at = 0
        while at < len(data) and not self.done:
            if self._left:
                part = data[at : at + self._left]
                parts.append(part)
                at += len(part)
                self._left -= len(part)
                continue
            end = data.find(b"\n", at) + 1
            self._bound((end or len(data)) - at)
            if not end:
                break
            self._read(data[at:end])
            at = end
        return parts[0] if len(parts) == 1 else b"".join(parts), data[at:]

    def _bound(self, length: int) -> None:
        if self._line is not _TRAILER:
            if length > _LONGEST_SIZE_LINE:
                raise malformed("a chunk's size line is too long")
        elif self._trailers + length > _LARGEST_TRAILERS:
            raise malformed("the trailers are too long")

    def _read(self, line: bytes) -> None:
        """Read a chunk's size line, the CR LF after its data, or a trailer line."""
        if self._line is _TRAILER:
            self._trailers += len(line)
            self.done = line == b"\r\n"
            if not self.done and not _TRAILER.fullmatch(line):
                raise malformed("a trailer is not a header field")
        elif not self._line.fullmatch(line):
            raise malformed("a chunk is not framed by hexadecimal digits and CR LF alone")
        elif self._line is _CLOSE:
            self._line = _SIZE
        else:
            self._left = int(line, 16)
            self._line = _CLOSE if self._left else _TRAILER


def malformed(why: str) -> ClientError:
    """Make the error for a request that could be read in two ways."""
    return ClientError(
        "malformed_request",
        f"The request could not be read without doubt: {why}.",
        "Nothing was sent to the app. If a program made this request, mend it there.",
    )
