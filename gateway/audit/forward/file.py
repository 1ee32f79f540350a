"""A file of JSON lines: a batch is confirmed when it is on disk (fsync).

Each batch opens the file anew, under a lock that the kernel takes back from whoever dies. So a file
that somebody moved away is made again, and what a killed forwarder left half written is cut off
before anything follows it.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from gateway.audit.forward.destination import NotNow, Outgoing
from gateway.durable import append, sync

_STEP = 64 * 1024


class FileDestination:
    """`path`, and its older ones `path.1` to `path.{keep}`.

    Args:
        max_size: bytes that one file holds at most; a batch that is larger has one of its own.
    """

    def __init__(self, path: Path, max_size: int, keep: int) -> None:
        self._path = path
        self._max_size = max_size
        self._keep = keep

    async def send(self, records: Sequence[Outgoing]) -> None:
        """As `Destination.send`; nothing is ever refused."""
        data = b"".join(record.line + b"\n" for record in records)
        try:
            await asyncio.to_thread(self._append, data)
        except OSError as fault:
            raise NotNow(f"{self._path}: {fault.strerror or fault}") from fault

    async def aclose(self) -> None:
        """Nothing is open between batches."""

    def _append(self, data: bytes) -> None:
        with self._locked() as file:
            size = _whole(file)
            if not size or size + len(data) <= self._max_size:
                self._write(file, size, data)
                return
            self._rotate()
        self._append(data)

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """Open the file that has the name, for this process alone."""
        while True:
            file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                if _has_name(file, self._path):
                    yield file
                    return
            finally:
                os.close(file)

    def _write(self, file: int, size: int, data: bytes) -> None:
        append(file, data)
        if not size:
            sync(self._path.parent)

    def _rotate(self) -> None:
        """Move each file up to the first free name, so that a gap of a crash closes."""
        names = [self._path, *(Path(f"{self._path}.{n}") for n in range(1, self._keep + 1))]
        free = next((n for n, name in enumerate(names) if not name.exists()), self._keep)
        for number in range(free, 0, -1):
            names[number - 1].rename(names[number])


def _has_name(file: int, path: Path) -> bool:
    """Whether `path` still leads to an open file: another process may have moved it away."""
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False


def _whole(file: int) -> int:
    """Cut off what stands after the last line end; give the size that is left."""
    size = end = os.fstat(file).st_size
    while end:
        start = max(0, end - _STEP)
        line_end = os.pread(file, end - start, start).rfind(b"\n")
        if line_end >= 0:
            end = start + line_end + 1
            break
        end = start
    if end < size:
        os.ftruncate(file, end)
    return end
