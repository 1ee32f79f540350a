"""A deadline that moves with every request, on a timer that rarely does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import inf


class Alarm:
    """Calls `ring` once, when the time last set has come and was not put off since.

    Setting a time costs two assignments: the timer behind it is left where it is as long as it
    rings early enough, and looks again when it does. So a busy connection makes one timer every
    few seconds, not two for every request.
    """

    __slots__ = ("_at", "_looks_at", "_loop", "_ring", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop, ring: Callable[[], None]) -> None:
        self._loop = loop
        self._ring = ring
        self._at = inf  # when to ring
        self._looks_at = inf  # when the timer looks whether to ring
        self._timer: asyncio.TimerHandle | None = None

    def set(self, seconds: float) -> None:
        """Ring in `seconds` from now, whatever was set before."""
        self._at = at = self._loop.time() + seconds
        if at < self._looks_at:
            self._look_at(at)

    def off(self) -> None:
        """Do not ring."""
        self._at = inf

    def stop(self) -> None:
        """Do not ring, and let the timer go."""
        self._at = self._looks_at = inf
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look_at(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._looks_at = at
        self._timer = self._loop.call_at(at, self._look)

    def _look(self) -> None:
        self._timer = None
        self._looks_at = inf
        if self._loop.time() >= self._at:
            self._at = inf
            self._ring()
        elif self._at < inf:
            self._look_at(self._at)
