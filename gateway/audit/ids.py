"""Ids of records and requests: 26 characters that sort by time, in ULID's form.

The first 10 characters are milliseconds since the epoch, the next 8 are drawn once for a process,
the last 8 count. So ids of one process are unique and rise even when its clock steps back, and two
processes share an id only when they drew the same 40 bits.
"""

from __future__ import annotations

from collections.abc import Callable

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
_PAIRS = tuple(a + b for a in _ALPHABET for b in _ALPHABET)
_PAIR = 1024


def _text(number: int, pairs: int) -> str:
    parts = []
    for _ in range(pairs):
        number, low = divmod(number, _PAIR)
        parts.append(_PAIRS[low])
    return "".join(reversed(parts))


class Ids:
    """Makes ids; call it.

    Args:
        now: the wall clock, in milliseconds since the epoch.
        drawn: 40 random bits, new for every process.
    """

    def __init__(self, now: Callable[[], int], drawn: int) -> None:
        self.now = now
        self._process = _text(drawn, 4)
        self._at = -1
        self._second = -1  # of 1024 ms
        self._count = 0
        self._time = ""
        self._high = ""
        self._middle = self._process + _text(0, 3)
        self._before = ""  # all but the last two characters

    def __call__(self) -> str:
        """A new id, greater than all before it."""
        return self.at(self.now())

    def at(self, now: int) -> str:
        """As the call, for who has just looked at the clock."""
        if now > self._at:
            self._at = now
            second, rest = divmod(now, _PAIR)
            if second != self._second:
                self._second, self._high = second, _text(second, 4)
            self._time = self._high + _PAIRS[rest]
            self._before = self._time + self._middle
        self._count = count = self._count + 1
        low = count % _PAIR
        if not low:
            self._middle = self._process + _text(count // _PAIR, 3)
            self._before = self._time + self._middle
        return self._before + _PAIRS[low]
