"""What a sink of records promises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

CLOSED = -1
"""Instead of a seq: see `Sink.append`."""


LONGEST_BATCH, LARGEST_BATCH = 256, 1 << 20
"""Records and bytes of one append: the store does nothing else for about a millisecond."""


class Batch(NamedTuple):
    """Consecutive records of one writer for one shard.

    `lines[0]` has seq `first`. `after` is the least seq of this writer that the shard must hold
    already: `first - 1`, except after records were lost for good. Without lines it is a question.
    `marks`: of each line, under which names it is found again (`gateway.audit.marks`).
    """

    shard: int
    writer: str
    after: int
    first: int
    lines: Sequence[bytes]
    marks: Sequence[bytes] = ()


class Sink(Protocol):
    """Where records are kept."""

    def spooled(self, shard: int) -> int:
        """How many records it holds durably itself, until their shard can have them."""

    async def append(self, batch: Batch) -> int:
        """Append what the shard does not hold yet of `batch`, all of it or nothing.

        Safe to repeat: a record is known by writer and seq and is never appended twice, also when
        an earlier try arrives later than a later one.

        Returns:
            The last seq that is durably held of this writer. Less than `batch.after`: it
            has forgotten records and nothing was appended. `CLOSED`: the writer was taken for
            dead, and the shard takes nothing of it any more.

        Raises:
            StoreAway: it may or may not have been appended.
        """

    async def aclose(self) -> None:
        """Let go of the sink's connections."""
