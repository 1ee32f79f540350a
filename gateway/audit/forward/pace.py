"""How long a forwarder waits, and that it waits no longer once it is told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

SHORTEST, LONGEST = 0.5, 60.0
"""Seconds of the first and the longest pause after a failure."""


class Backoff:
    """Pauses that double, each between a half and the whole of its length, so that many part.

    Args:
        draw: gives a number from 0 to 1.
    """

    def __init__(self, draw: Callable[[], float]) -> None:
        self._draw = draw
        self._next = SHORTEST

    def __call__(self) -> float:
        """Seconds of the next pause."""
        longest, self._next = self._next, min(2 * self._next, LONGEST)
        return longest * (0.5 + self._draw() / 2)

    def reset(self) -> None:
        """Begin with the first again."""
        self._next = SHORTEST


class Stopping(Exception):
    """The forwarder was told to stop; nothing is under way."""


class Rest:
    """Waits, unless `stop` is set."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop

    async def __call__(self, seconds: float) -> None:
        """Wait for so long.

        Raises:
            Stopping: as soon as it is told to stop.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            return
        raise Stopping
