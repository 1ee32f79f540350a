"""Checkpoints outside the store: who can write to the store alone cannot take them back.

A file a writer, `{writer}.jsonl`, holds the lines of its checkpoints as they are in the streams. It
is only ever appended to, and each append is on disk before it counts.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from gateway.durable import append, sync


class CheckpointFile:
    """The file of one writer in `folder`, which is made when missing. Its methods block.

    Raises:
        OSError: the folder cannot be made.
    """

    def __init__(self, folder: Path, writer: str) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._path = folder / f"{writer}.jsonl"

    def append(self, lines: Sequence[bytes]) -> None:
        """Add lines, durably and all of them or none.

        Raises:
            OSError: they could not be written.
        """
        new = not self._path.exists()
        data = b"".join(line + b"\n" for line in lines)
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            append(file, data)
        finally:
            os.close(file)
        if new:
            sync(self._folder)


def kept(path: Path) -> Iterator[tuple[str, bytes]]:
    """Each checkpoint of a file, or of the files of a folder, with its place: `file:line`.

    A line without its end was being written when the gateway or the machine died: it is left out.

    Raises:
        OSError: nothing can be read there.
    """
    for file in sorted(path.glob("*.jsonl")) if path.is_dir() else (path,):
        *lines, _ = file.read_bytes().split(b"\n")
        for number, line in enumerate(lines, 1):
            yield f"{file}:{number}", line
