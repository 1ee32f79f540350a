"""Slow down who guesses passwords: after so many wrong tries of one key, a wait."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Final

_WINDOW: Final = 300.0
_MOST_KEYS: Final = 10_000


class Throttle:
    """Counts failures by key within five minutes. Times are seconds of one clock."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, key: str, now: float) -> float:
        """Give the seconds until this key may try again; 0 when it may now."""
        failures = self._failures.get(key)
        if failures is None:
            return 0.0
        while failures and now - failures[0] >= _WINDOW:
            failures.popleft()
        if len(failures) < self._most:
            return 0.0
        return _WINDOW - (now - failures[0])

    def failed(self, key: str, now: float) -> None:
        """Count a failure."""
        self._failures.setdefault(key, deque(maxlen=self._most)).append(now)
        self._failures.move_to_end(key)
        while len(self._failures) > _MOST_KEYS:
            self._failures.popitem(last=False)
