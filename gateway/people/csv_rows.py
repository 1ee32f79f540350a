"""Rows of a CSV file (RFC 4180) with their line numbers; one that is broken harms no other.

A row that cannot be read is told, and reading goes on at the line after the one where it began: a
quote that nobody closed does not swallow the file.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final, NamedTuple

LONGEST_ROW: Final = 65_536
"""Bytes."""
MOST_LINES: Final = 5_000_000


class Row(NamedTuple):
    """The fields of a row that begins on a line, counted from 1; or why it cannot be read."""

    line: int
    fields: list[str]
    broken: str = ""


class TooManyLinesError(ValueError):
    """The file has more than `MOST_LINES`."""


def lines_of(file: BinaryIO) -> Iterator[bytes]:
    """Give the lines of a file; of one that is too long only what tells that it is."""
    while line := file.readline(LONGEST_ROW + 1):
        yield line
        while len(line) > LONGEST_ROW and not line.endswith(b"\n"):
            line = file.readline(LONGEST_ROW + 1)


def rows(lines: Iterable[bytes], delimiter: str) -> Iterator[Row]:
    """Read rows; empty ones are left out.

    Raises:
        TooManyLinesError: when the last line that may be has been read.
    """
    coming = _Lines(lines)
    reader = csv.reader(coming, delimiter=delimiter, strict=True)
    while True:
        line = coming.begin()
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(line, [], f"this is not CSV: {str(error).partition(' - ')[0]}")
            coming.go_back_to(line + 1)
        except _BrokenError as error:
            yield Row(line, [], str(error))
            coming.go_back_to(line + 1)
        else:
            if any(fields):
                yield Row(line, fields)


class _BrokenError(Exception):
    """This line cannot be part of a row."""


class _Lines:
    """Lines as text, some of which can be had once more."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = iter(lines)
        self._again = deque[bytes]()
        self._taken = list[bytes]()
        self._number = 0
        self._length = 0

    def begin(self) -> int:
        """Begin a row and give the number of its first line."""
        self._taken.clear()
        self._length = 0
        return self._number + 1

    def go_back_to(self, number: int) -> None:
        """Give the lines from this number on once more."""
        while self._number >= number:
            self._again.appendleft(self._taken.pop())
            self._number -= 1

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self._number += 1
        if self._number > MOST_LINES:
            raise TooManyLinesError(f"there are more than {MOST_LINES:,} lines")
        self._taken.append(line)
        self._length += len(line)
        if self._length > LONGEST_ROW:
            raise _BrokenError(f"a row has at most {LONGEST_ROW:,} bytes; a quote may be open")
        try:
            return line.decode("utf-8-sig" if self._number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise _BrokenError("this is not UTF-8") from None
