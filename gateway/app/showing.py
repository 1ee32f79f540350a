"""What a terminal is given: nothing of a record that could move its cursor."""

from __future__ import annotations

from typing import BinaryIO, Protocol

from gateway.audit.reading.meaning import printable


class Stream(Protocol):
    """What takes bytes."""

    def write(self, data: bytes, /) -> object:
        """Take them; of a terminal, one whole line."""

    def flush(self) -> None:
        """Give on what was taken."""


def shown_on(stream: BinaryIO) -> Stream:
    """`stream`, or what stands before it when it is a terminal (threat 47)."""
    return _Terminal(stream) if stream.isatty() else stream


class _Terminal:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, data: bytes, /) -> None:
        if data:
            line = data.decode("utf-8", "backslashreplace").rstrip("\r\n")
            self._stream.write(printable(line).encode() + b"\n")

    def flush(self) -> None:
        self._stream.flush()
