"""Checkpoints to a receiver outside: who has the store and this machine cannot take these back.

What the files of checkpoints hold is sent as it is, line by line, each file in its order, at least
once. Beside
each file stands up to where it was confirmed, so a receiver that was away gets all it missed, also
from writers that ended. One process of those that share the folder does it.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from pathlib import Path
from typing import Final

import structlog

from gateway.audit.forward.destination import Destination, Head, NotNow, Outgoing, Refused

_SIGNED: Final = Head("audit.checkpoint")
_log = structlog.get_logger("audit")


class Posting:
    """Sends what the files in `folder` hold to `destination`."""

    def __init__(self, folder: Path, destination: Destination) -> None:
        self._folder = folder
        self._destination = destination
        self._lock = -1
        self.waiting = 0
        """Lines that were not confirmed when it was last looked."""

    async def post(self) -> None:
        """Send all that was not confirmed yet; the next time goes on where this one cannot.

        Raises:
            OSError: the folder cannot be read or written.
        """
        if not await asyncio.to_thread(self._alone):
            return
        for path in await asyncio.to_thread(lambda: sorted(self._folder.glob("*.jsonl"))):
            while line := await asyncio.to_thread(_unconfirmed, path):
                try:
                    await self._destination.send([Outgoing("", line, _SIGNED)])
                except (NotNow, Refused) as why:  # nothing here may be given up for good
                    _log.error("audit.checkpoint_not_posted", file=str(path), error=str(why))
                    if isinstance(why, Refused):
                        break  # what it will not have holds up no other file
                    self.waiting = await asyncio.to_thread(self._count)
                    return
                await asyncio.to_thread(_confirm, path, len(line) + 1)
        self.waiting = await asyncio.to_thread(self._count)

    async def aclose(self) -> None:
        """Let another process do it."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
        await self._destination.aclose()

    def _alone(self) -> bool:
        """Whether this is the process that sends; the kernel takes that back from who dies."""
        if self._lock < 0:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            lock = os.open(self._folder / "posting.lock", flags, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                return False
            self._lock = lock
        return True

    def _count(self) -> int:
        return sum(
            path.read_bytes()[_confirmed(path) :].count(b"\n")
            for path in self._folder.glob("*.jsonl")
            if path.stat().st_size > _confirmed(path)
        )


def _unconfirmed(path: Path) -> bytes:
    """The next line of a file; empty when there is none, or it is still being written."""
    with path.open("rb") as file:
        file.seek(_confirmed(path))
        line = file.readline()
    return line[:-1] if line.endswith(b"\n") else b""


def _confirmed(path: Path) -> int:
    """Up to which byte the receiver has confirmed a file."""
    try:
        return int(path.with_suffix(".posted").read_text())
    except (FileNotFoundError, ValueError):
        return 0


def _confirm(path: Path, size: int) -> None:
    """Remember it; what is forgotten in a crash is sent again, under the id that it had."""
    new = path.with_suffix(".posted.new")
    new.write_text(f"{_confirmed(path) + size}\n")
    new.replace(path.with_suffix(".posted"))
