"""The three ways in which a response's body ends (RFC 9112, 6.3), without I/O.

Each reader takes the bytes that arrived and gives the body's bytes among them. A byte after the
end is an error, not a gift to the next response (threats 18 and 19).
"""

from __future__ import annotations

import re
from typing import Protocol

from gateway.errors import UpstreamError
from gateway.upstream.faults import cut_short, malformed
from gateway.wire.grammar import TEXT, TOKEN, is_utf8

_FIRST_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:[ \t]*+;%b)?\r\n" % TEXT)
_SIZE = re.compile(rb"\r\n" + _FIRST_SIZE.pattern)
_TRAILER = re.compile(rb"%b:%b\r\n" % (TOKEN, TEXT))
_MAX_SIZE_LINE = 256
_MAX_TRAILERS = 8192


class Body(Protocol):
    """How a response's bytes become its body. `done`: the end was seen, and was a clean one."""

    done: bool

    def feed(self, data: bytes) -> bytes:
        """The body's bytes in `data`, in order. Raises UpstreamError when they cannot be told."""

    def eof(self) -> None:
        """The app closed its side. Raises UpstreamError unless that is the body's clean end."""


class Sized:
    """A body of `length` bytes."""

    __slots__ = ("_left", "done")

    def __init__(self, length: int) -> None:
        self._left = length
        self.done = length == 0

    def feed(self, data: bytes) -> bytes:
        """All of `data`, unless it goes past the end."""
        left = self._left - len(data)
        if left < 0:
            raise _surplus()
        self._left = left
        self.done = left == 0
        return data

    def eof(self) -> None:
        """Fine at the end, else short."""
        if not self.done:
            raise cut_short(f"{self._left} bytes before the end of its response")


class UntilClose:
    """A body that ends when the app closes the connection, and not before."""

    __slots__ = ("done",)

    def __init__(self) -> None:
        self.done = False

    def feed(self, data: bytes) -> bytes:
        """All of `data`."""
        return data

    def eof(self) -> None:
        """The clean end."""
        self.done = True


class Chunked:
    """A body in chunks (RFC 9112, 7.1). Extensions and trailers are checked and dropped."""

    __slots__ = ("_held", "_left", "_line", "_trailers", "done")

    def __init__(self) -> None:
        self._held = b""  # the unfinished line at the end of what was fed
        self._left = 0  # bytes of the current chunk that are still to come
        self._line = _FIRST_SIZE  # what the next line must be
        self._trailers = 0  # bytes of trailers so far
        self.done = False

    def feed(self, data: bytes) -> bytes:
        """The chunks' bytes in `data`, joined."""
        if self._held:
            data, self._held = self._held + data, b""
        parts = []
        at = 0
        while at < len(data):
            if self._left:
                part = data[at : at + self._left]
                parts.append(part)
                at += len(part)
                self._left -= len(part)
                continue
            if self.done:
                raise _surplus()
            # The line break that closes a chunk is read as the beginning of the next size's line.
            end = data.find(b"\n", at + 2 if self._line is _SIZE else at) + 1
            if not end:
                self._hold(data[at:])
                break
            self._take_line(data[at:end])
            at = end
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def eof(self) -> None:
        """Fine after the last chunk, else short."""
        if not self.done:
            raise cut_short("before the last chunk of its response")

    def _take_line(self, line: bytes) -> None:
        if self._line is _TRAILER and line == b"\r\n":
            self.done = True
            return
        match = self._line.fullmatch(line)
        if match is None or not is_utf8(line):
            raise malformed("a chunk of its body is not framed as HTTP/1.1 requires")
        if self._line is _TRAILER:
            self._trailers += len(line)
            if self._trailers > _MAX_TRAILERS:
                raise malformed("its trailers are too large")
        else:
            self._left = int(match[1], 16)
            self._line = _SIZE if self._left else _TRAILER

    def _hold(self, line: bytes) -> None:
        if len(line) > (_MAX_TRAILERS if self._line is _TRAILER else _MAX_SIZE_LINE):
            raise malformed("a line of its body's framing is too long")
        if self._line is _SIZE and not b"\r\n".startswith(line[:2]):
            raise malformed("a chunk of its body is longer than its size")
        self._held = line


def _surplus() -> UpstreamError:
    return malformed("bytes follow its end")
