"""A wait whose end is felt at once.

Who waits for asyncio's future goes on in a later turn of the loop. On the way of every request
that costs more than most stages do, so here the waiting task goes on inside the call that ends its
wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextvars import Context


class Wake:
    """One wait of one task: `await` it there, `ring` it elsewhere.

    Awaitable as asyncio's tasks have it: they yield a future, and go on when it calls them back.
    """

    __slots__ = ("_asyncio_future_blocking", "_cancelled", "_context", "_loop", "_over", "_task")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._asyncio_future_blocking = False
        self._cancelled = False
        self._loop = loop
        self._over = False
        self._task: Callable[[Wake], object] | None = None

    def ring(self) -> None:
        """End the wait: the task goes on now, until it waits for something else, then this returns.

        So call it last: whatever the caller knows may have changed when it returns. Within a task
        it is as `ring_soon`, for one task runs at a time.
        """
        if self._over:
            return
        if self._task is None or asyncio.current_task(self._loop) is not None:
            self.ring_soon()
        else:
            self._over = True
            self._context.run(self._task, self)

    def ring_soon(self) -> None:
        """End the wait: the task goes on in the loop's next turn, as with asyncio's future."""
        if not self._over:
            self._over = True
            if self._task is not None:
                self._loop.call_soon(self._task, self, context=self._context)

    # What asyncio's tasks ask of whatever they wait for.

    def __await__(self) -> Generator[Wake, None, None]:
        """Wait for the ring."""
        if not self._over:
            self._asyncio_future_blocking = True
            yield self
        self.result()

    def add_done_callback(self, go_on: Callable[[Wake], object], *, context: Context) -> None:
        """Remember the task that waits; `ring` calls it back."""
        self._task = go_on
        self._context = context

    def cancel(self, msg: object = None) -> bool:
        """End the wait with a CancelledError; false when it is over."""
        if self._over:
            return False
        self._cancelled = True
        self.ring_soon()
        return True

    def done(self) -> bool:
        """Whether the wait is over."""
        return self._over

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """The loop of the task that may wait."""
        return self._loop

    def result(self) -> None:
        """Raise CancelledError if the wait was cancelled."""
        if self._cancelled:
            raise asyncio.CancelledError
