"""Which sessions are over, without a look at all of them."""

from __future__ import annotations

from collections.abc import Callable, Container
from heapq import heapify, heappop, heappush


class Deadlines:
    """Names whose time comes, and is put off again and again without a word. Pure.

    A name is looked at when that time comes that it had when it was looked at last. So putting it
    off costs nothing, and asking who is over costs as much as there is to say.

    Args:
        of: gives the time of a name as it is now, None when it is no more.
    """

    def __init__(self, of: Callable[[str], int | None]) -> None:
        self._of = of
        self._heap: list[tuple[int, str]] = []
        self._next: dict[str, int] = {}  # the one entry of a name that counts

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, name: str) -> None:
        """Take a name, or note that its time may come earlier than it did."""
        time = self._of(name)
        if time is not None and time < self._next.get(name, time + 1):
            self._next[name] = time
            heappush(self._heap, (time, name))

    def take(self, now: int) -> list[str]:
        """Give the names whose time has come, each once."""
        taken = []
        while self._heap and self._heap[0][0] <= now:
            looked_at, name = heappop(self._heap)
            if self._next.get(name) != looked_at:
                continue
            del self._next[name]
            time = self._of(name)
            if time is not None and time <= now:
                taken.append(name)
            else:
                self.add(name)
        return taken

    def keep(self, names: Container[str]) -> None:
        """Let go of all other names."""
        self._next = {name: time for name, time in self._next.items() if name in names}
        self._heap = [(time, name) for name, time in self._next.items()]
        heapify(self._heap)
