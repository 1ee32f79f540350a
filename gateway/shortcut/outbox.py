"""What is written to apps and to clients at the end of a turn of the event loop, in a row."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import structlog

Write = Callable[[], Callable[[], None] | None]
"""Writes something; gives what is to be done when all is written."""

_log = structlog.get_logger("outbox")


class Outbox:
    """Calls what was put in, in its order, before the loop waits again.

    A write to a process on this machine wakes that process, and the code behind the write finds
    nothing of its own in the processor's caches. So a turn's work is done by kinds: first what is
    read is worked out, then all is written, then put on record. Made inside the loop that uses it.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Write] = []

    def put(self, write: Write) -> None:
        """Have `write` called soon, and what it gives after all that was put in meanwhile."""
        if not self._waiting:
            self._loop.call_soon(self._write_all)
        self._waiting.append(write)

    def _write_all(self) -> None:
        steps: Sequence[Callable[[], Any]] = self._waiting
        self._waiting = []
        while steps:
            following: list[Callable[[], Any]] = []
            for step in steps:
                try:
                    after = step()
                except Exception:  # noqa: BLE001  its fault is no other's
                    _log.exception("outbox.step_failed")
                    continue
                if after is not None:
                    following.append(after)
            steps = following
