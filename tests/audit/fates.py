"""A shard that does with each append what it is told to."""

from __future__ import annotations

from enum import Enum, auto

from gateway.audit.writing.sink import Batch
from gateway.errors import StoreAway


class Fate(Enum):
    """What happens to one append."""

    DONE = auto()
    NEVER_ARRIVED = auto()
    ARRIVED_AND_ANSWER_LOST = auto()
    ARRIVES_AFTER_THE_NEXT = auto()
    FORGETS_SOME_FIRST = auto()
    BROKEN = auto()


class Shard:
    """The contract of `Sink.append`, with a fate for each append: the script's rules in Python."""

    def __init__(self, fates: list[Fate]) -> None:
        self.held: list[bytes] = []
        self.last = 0
        self._fates = iter(fates)
        self._late: list[Batch] = []

    def spooled(self, shard: int) -> int:
        return 0

    async def append(self, batch: Batch) -> int:
        fate = next(self._fates, Fate.DONE)
        if fate is Fate.BROKEN:
            raise RuntimeError("a fault of the sink itself")
        if fate is Fate.NEVER_ARRIVED:
            raise StoreAway("store_away", "")
        if fate is Fate.ARRIVES_AFTER_THE_NEXT:
            self._late.append(batch)
            raise StoreAway("store_slow", "")
        if fate is Fate.FORGETS_SOME_FIRST:
            self._late.clear()  # a server that forgets has died, and its connections with it
            del self.held[len(self.held) // 2 :]
            self.last = len(self.held)
        held = self._put(batch)
        while self._late:
            self._put(self._late.pop())
        if fate is Fate.ARRIVED_AND_ANSWER_LOST:
            raise StoreAway("store_slow", "")
        return held

    def _put(self, batch: Batch) -> int:
        if self.last >= batch.after:
            for seq, entry in enumerate(batch.lines, batch.first):
                if seq > self.last:
                    self.held.append(entry)
                    self.last = seq
        return self.last

    async def aclose(self) -> None:
        pass


def never_lost(first: int, last: int) -> None:
    raise AssertionError(f"{first} to {last} were lost")


def never_closed() -> None:
    raise AssertionError("it was taken for dead")
