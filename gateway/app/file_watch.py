"""Files that are read again when they change; what cannot be used changes nothing.

Files are looked at several times a second, by name, size and time: a watch of the kernel's sees
nothing of volumes that are shared or swapped. They are taken when two looks found the same, so that
nothing is read that is still being written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import structlog

from gateway.app.clock import wall_clock
from gateway.errors import GatewayError, StoreAway
from gateway.tasks import end, lasting

EVERY: Final = 0.2
"""Seconds between looks."""

Look = tuple[tuple[str, int, int, int], ...]
"""Of each file: its name, time, size and number."""


class FileWatch:
    """Has files taken when they are other than what is held.

    Args:
        name: what they are, in the log: `policies` logs `policies.not_loaded`.
        look: sees how they are, by `look_at` or `look_in`; it runs in a thread.
        held: how they were before what holds was read from them.
        take: reads them and lets them hold. When it raises `StoreAway` it is tried again; whatever
            else it raises, what was read before goes on to hold, until the files change again.
    """

    def __init__(
        self, name: str, look: Callable[[], Look], held: Look, take: Callable[[], Awaitable[None]]
    ) -> None:
        self._name = name
        self._look = look
        self._held = held
        self._take = take
        self._task: asyncio.Task[None] | None = None
        self._log = structlog.get_logger(name)
        self.stale = False
        """Whether the files say something else than what holds, because they cannot be used."""
        self.fault = ""
        """Why they cannot be used; empty where they can."""
        self.read_at = wall_clock()
        """When what holds was read, in milliseconds since the Unix epoch."""

    def start(self) -> None:
        """Begin to look."""
        self._task = lasting(self._watch, self._name)

    async def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            await end(self._task)

    async def _watch(self) -> None:
        before = self._held
        while True:
            await asyncio.sleep(EVERY)
            now = await asyncio.to_thread(self._look)
            if now == before and now != self._held:
                try:
                    await self._take()
                    self.stale, self.fault, self.read_at = False, "", wall_clock()
                except StoreAway as away:  # it is tried again: nothing changes off the record
                    self._log.warning(f"{self._name}.store_away", detail=away.detail)
                    continue
                except Exception as fault:  # noqa: BLE001 - whatever it is, the old ones hold
                    self.stale = True
                    detail = fault.detail if isinstance(fault, GatewayError) else repr(fault)
                    self.fault = detail
                    self._log.error(f"{self._name}.not_loaded", detail=detail)
                self._held = now
            before = now


def look_at(*files: Path) -> Look:
    """See how files are; one that cannot be seen is left out."""
    return tuple(seen for file in files if (seen := _seen(file)) is not None)


def look_in(folder: Path, pattern: str) -> Look:
    """See how the files of a folder are whose names fit a pattern, such as `*.cedar`."""
    try:
        return look_at(*sorted(folder.glob(pattern)))
    except OSError:
        return ()


def _seen(file: Path) -> tuple[str, int, int, int] | None:
    try:
        stat = file.stat()
    except OSError:
        return None
    return str(file), stat.st_mtime_ns, stat.st_size, stat.st_ino
