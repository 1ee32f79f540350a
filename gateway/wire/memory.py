"""Lines that were read or written before need not be read or written again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

_MOST = 1024  # keys


class Memory(dict[K, V], Generic[K, V]):
    """What `work` gives for a key, remembered for as long as there is room.

    Browsers and apps say the same few lines again and again; taking one from here costs a tenth of
    working it out. It is emptied when it is full: it holds at most 1024 keys, none wider than
    `widest` bytes by `width`. What `work` raises is raised, and not remembered.
    """

    __slots__ = ("_widest", "_width", "_work")

    def __init__(
        self, work: Callable[[K], V], width: Callable[[K], int], widest: int = 512
    ) -> None:
        self._work = work
        self._width = width
        self._widest = widest

    def __missing__(self, key: K) -> V:
        value = self._work(key)
        if self._width(key) <= self._widest:
            if len(self) >= _MOST:
                self.clear()
            self[key] = value
        return value
