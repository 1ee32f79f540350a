"""Records on the local disk while the store is away: a file for each writer and stream.

`{writer}.{shard}.spool` is there while it holds any, and locked by the process that writes it: one
whose lock can be had was left by a process that died. A line of it is a record's marks, a tab, and
its line as it goes to the stream. What was being written when the machine died has no line end, and
nobody was told that it is durable. Everything here blocks.
"""

from __future__ import annotations

import fcntl
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from gateway.audit.writing.sink import LARGEST_BATCH, LONGEST_BATCH, Batch
from gateway.durable import append, sync

LIMIT = 64 << 20
"""Bytes of one file: some eighty thousand records."""


class SpoolFull(OSError):
    """The file holds all that it may."""


class _Piece(NamedTuple):
    """Where in the file a batch is; `batch` is without its lines."""

    batch: Batch
    offset: int
    size: int


class Spool:
    """The batches of one writer for one shard that the store does not have yet.

    They are taken out in the order in which they came. What is held is known by seq: `first` to
    `last`, and both are 0 while nothing is.
    """

    def __init__(self, folder: Path, writer: str, shard: int) -> None:
        self._path = folder / f"{writer}.{shard}.spool"
        self._file = -1
        self._closed = False
        self._size = 0
        self._pieces: deque[_Piece] = deque()
        self._writing = Lock()  # one that was not waited for goes on in its thread
        self.last = 0

    @property
    def first(self) -> int:
        """The least seq that it holds."""
        return self._pieces[0].batch.first if self._pieces else 0

    @property
    def held(self) -> int:
        """How many records it holds."""
        return self.last - self.first + 1 if self._pieces else 0

    def append(self, batch: Batch) -> None:
        """Add what follows the last one, durably and all of it or nothing.

        Raises:
            SpoolFull: there is no room for it.
            OSError: it cannot be written, or the spool is closed.
        """
        data = b"".join(
            b"%b\t%b\n" % (marks, line)
            for marks, line in zip(batch.marks, batch.lines, strict=True)
        )
        if self._size + len(data) > LIMIT:
            raise SpoolFull(f"{self._path} holds {self._size} of {LIMIT} bytes")
        with self._writing:
            if self._closed:  # a new file would take the place of what is left for who starts next
                raise OSError(f"{self._path} is closed")
            if self._file < 0:
                self._begin(data)
            else:
                append(self._file, data)
            where = batch._replace(lines=(), marks=())
            self._pieces.append(_Piece(where, self._size, len(data)))
            self._size += len(data)
            self.last = batch.first + len(batch.lines) - 1

    def head(self) -> Batch:
        """Read the batch that came first of those that are held."""
        batch, offset, size = self._pieces[0]
        lines, marks = parted(os.pread(self._file, size, offset))
        return batch._replace(lines=lines, marks=marks)

    def pass_on(self) -> None:
        """Take the first batch out; with the last one the file goes."""
        self._pieces.popleft()
        if not self._pieces:
            self.clear()

    def clear(self) -> None:
        """Hold nothing."""
        self._pieces.clear()
        self.last = 0
        if self._file >= 0:
            self._path.unlink(missing_ok=True)  # not synced: what comes back is known by seq
            with self._writing:
                self._let_go()

    def close(self) -> None:
        """Take no more, and let go of the file; what it holds is for who starts next."""
        with self._writing:
            self._closed = True
            self._let_go()

    def _let_go(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
            self._size = 0

    def _begin(self, data: bytes) -> None:
        """Make the file, which nobody sees before it is locked and holds something."""
        folder = self._path.parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = self._path.with_suffix(".new")
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        new.unlink(missing_ok=True)
        file = os.open(new, flags, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            append(file, data)
            new.rename(self._path)
            sync(folder)
        except BaseException:
            os.close(file)
            raise
        self._file = file


def parted(data: bytes) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """The lines of records in what was read, and the marks of each."""
    rows = [row.partition(b"\t") for row in data.split(b"\n")[:-1]]
    return tuple(line for _, _, line in rows), tuple(marks for marks, _, _ in rows)


@contextmanager
def taken(path: Path) -> Iterator[int | None]:
    """Open a file that a dead process left; None when its process lives, or it is gone."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        yield None
        return
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield file if os.fstat(file).st_nlink else None
    finally:
        os.close(file)


def done_with(path: Path, *, whole: bool) -> Path | None:
    """Remove what is in the streams now; move what could not be read aside, and give its path."""
    if whole:
        path.unlink()
        return None
    return path.rename(path.with_suffix(".unreadable"))


class Unreadable(ValueError):
    """What stands in a spool from here on is not what a gateway put there."""


class _Place(msgspec.Struct, frozen=True):
    """Where a record says that it stands."""

    writer: str
    seq: int
    shard: int = 0


def left(file: int) -> Iterator[Batch]:
    """Read the batches that a dead process left.

    Raises:
        OSError: it cannot be read.
        Unreadable: all before it was given.
    """
    with os.fdopen(os.dup(file), "rb") as rows:
        yield from batches(rows)


def batches(rows: Iterable[bytes]) -> Iterator[Batch]:
    """Put the rows of a spool together again. Pure.

    Raises:
        Unreadable: as `left`.
    """
    lines: list[bytes] = []
    marks: list[bytes] = []
    size = 0
    last: _Place | None = None
    for row in rows:
        if not row.endswith(b"\n"):
            break
        of_line, _, line = row[:-1].partition(b"\t")
        place = _place(line)
        fits = place is not None and (last is None or place == replace(last, seq=last.seq + 1))
        full = len(lines) == LONGEST_BATCH or size + len(line) > LARGEST_BATCH
        if lines and last and (full or not fits):
            yield _batch(last, lines, marks)
            lines, marks, size = [], [], 0
        if place is None or not fits:
            raise Unreadable(f"after record {last.seq if last else 0}")
        lines.append(line)
        marks.append(of_line)
        size += len(line)
        last = place
    if lines and last:
        yield _batch(last, lines, marks)


def _batch(last: _Place, lines: Sequence[bytes], marks: Sequence[bytes]) -> Batch:
    first = last.seq - len(lines) + 1
    return Batch(last.shard, last.writer, first - 1, first, tuple(lines), tuple(marks))


def _place(line: bytes) -> _Place | None:
    try:
        return msgspec.json.decode(line, type=_Place)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
