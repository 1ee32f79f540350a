"""Lines that were read or written before need not be read or written again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Memory(dict[K, V], Generic[K, V]):
    """What `work` gives for a key, remembered for as long as there is room.

    Browsers and apps say the same few lines again and again; taking one from here costs a tenth of
    working it out. It holds at most two generations of `most` keys, none wider than `widest` bytes
    by `width`. When the younger is full, the older goes: what was asked for since then stays,
    however many keys came only once. What `work` raises is raised, and not remembered.
    """

    __slots__ = ("_most", "_older", "_widest", "_width", "_work")

    def __init__(
        self, work: Callable[[K], V], width: Callable[[K], int], widest: int = 512, most: int = 1024
    ) -> None:
        self._work = work
        self._width = width
        self._widest = widest
        self._most = most
        self._older: dict[K, V] = {}

    def __missing__(self, key: K) -> V:
        if key in self._older:
            value = self._older[key]
        else:
            value = self._work(key)
            if self._width(key) > self._widest:
                return value
        if len(self) >= self._most:
            self._older = dict(self)
            self.clear()
        self[key] = value
        return value
