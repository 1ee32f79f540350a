"""A bound in time for one block of code after another, at next to no cost."""

from __future__ import annotations

import asyncio
from types import TracebackType


class Deadline:
    """Ends each block that it is put around after `seconds`, as `asyncio.timeout` does.

    For one user at a time. Setting a timer and taking it back costs more than a short block does.
    So the timer of one block is left alone when the block ends, and looks, when it is due, after
    the block that runs then.

        with deadline:  # raises TimeoutError
            await something()
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._task: asyncio.Task[object] | None = None  # who is in the block
        self._cancelling = 0  # how often that task had been cancelled before
        self._at = 0.0
        self._expired = False
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        if task is None:
            raise RuntimeError("a deadline ends a task, and this runs in none")
        self._task = task
        self._cancelling = task.cancelling()
        self._at = loop.time() + self._seconds
        if self._timer is None:
            self._timer = loop.call_at(self._at, self._look, loop)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        task, self._task = self._task, None
        if task is not None and self._expired:
            self._expired = False
            if task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
                raise TimeoutError from error

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        if self._task is None:
            return
        if loop.time() < self._at:
            self._timer = loop.call_at(self._at, self._look, loop)
        else:
            self._expired = True
            self._task.cancel()
