"""What clients get at the end of a turn of the event loop, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

Give = Callable[[], Callable[[], None] | None]
"""Gives a client something; says what follows. Neither raises anything."""


class Outbox:
    """Calls what was put in, in its order, before the loop waits again.

    A write to a client on this machine, such as a load balancer, wakes that client. Answers that
    come in one turn and are written in a row wake it once; written each between other work they
    wake it each time, which takes longer than the write. Made inside the loop that uses it.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Callable[[], None]] = []

    def put(self, give: Give) -> None:
        """Have `give` called soon, and what it returns when all others were."""
        if not self._waiting:
            self._loop.call_soon(self._give_all)
        self._waiting.append(give)

    def _give_all(self) -> None:
        waiting, self._waiting = self._waiting, []
        for after in [give() for give in waiting]:
            if after is not None:
                after()
