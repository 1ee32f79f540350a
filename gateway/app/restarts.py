"""When a worker is followed by the next, and who takes its connections until then. Pure."""

from __future__ import annotations

from collections.abc import Sequence

SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
STEADY = 10.0
"""Seconds of life after which the next end is followed at once again."""


class Restarts:
    """The pauses of one worker's place: none at first, growing while each ends quickly."""

    def __init__(self) -> None:
        self._pause = 0.0

    def after(self, lived: float) -> float:
        """Give the seconds to wait, when the last one lived for `lived` seconds."""
        if lived >= STEADY:
            self._pause = 0.0
        pause = self._pause
        self._pause = min(max(pause * 2, SHORTEST_PAUSE), LONGEST_PAUSE)
        return pause


def shares(count: int, serving: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """Say who accepts from which of `count` sockets: each from its own, and from those of nobody.

    Connections that the kernel gave to the socket of a worker that is gone would wait for the next
    one; so somebody who is there takes them.
    """
    of: dict[int, list[int]] = {each: [each] for each in serving}
    if serving:
        for turn, orphan in enumerate(sorted(set(range(count)) - set(serving))):
            of[serving[turn % len(serving)]].append(orphan)
    return {each: tuple(numbers) for each, numbers in of.items()}
