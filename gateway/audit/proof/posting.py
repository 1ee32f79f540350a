"""Checkpoints to a receiver outside: who has the store and this machine cannot take these back.

What the files of checkpoints hold is sent as it is, each file in its order, at least once. Beside
each file stands up to where it was confirmed, so a receiver that was away gets all it missed, also
from writers that ended. One process of those that share the folder does it.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog

from gateway.audit.forward.destination import Destination, Head, NotNow, Outgoing, Refused

_AT_ONCE: Final = 100
"""Lines of one file that are sent together."""
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
            while lines := await asyncio.to_thread(_unconfirmed, path):
                if not await self._sent(lines):
                    return
                await asyncio.to_thread(_confirm, path, sum(len(line) + 1 for line in lines))
        self.waiting = 0

    async def aclose(self) -> None:
        """Let another process do it."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
        await self._destination.aclose()

    async def _sent(self, lines: Sequence[bytes]) -> bool:
        try:
            await self._destination.send([Outgoing("", line, _SIGNED) for line in lines])
        except (NotNow, Refused) as why:  # nothing here may be given up for good
            self.waiting = await asyncio.to_thread(self._count)
            _log.error("audit.checkpoints_not_posted", error=str(why), waiting=self.waiting)
            return False
        return True

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


def _unconfirmed(path: Path) -> list[bytes]:
    """The next lines of a file, without one that is still being written."""
    with path.open("rb") as file:
        file.seek(_confirmed(path))
        lines = [line for line, _ in zip(file, range(_AT_ONCE), strict=False)]
    return [line[:-1] for line in lines if line.endswith(b"\n")]


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
