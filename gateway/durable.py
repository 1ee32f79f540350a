"""Appending to files so that what counts is on disk. Everything here blocks."""

from __future__ import annotations

import os
from pathlib import Path


def append(file: int, data: bytes) -> None:
    """Put `data` at the end of an open file, durably, and all of it or nothing.

    Raises:
        OSError: it could not be written; the file ends where it did.
    """
    before = os.fstat(file).st_size
    try:
        written = os.write(file, data)
        if written < len(data):  # the disk is full: what is cut short must not look complete
            raise OSError(f"only {written} of {len(data)} bytes could be written")
        os.fsync(file)
    except OSError:
        os.ftruncate(file, before)
        raise


def sync(folder: Path) -> None:
    """Make new and changed names in `folder` durable (fsync(2): of the folder too)."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
