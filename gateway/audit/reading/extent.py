"""How far the streams reach now, for those who read them once and not on and on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, cast

from gateway.audit.reading.reader import START
from gateway.store.client import Store
from gateway.store.keys import audit_stream, audit_trimmed


class Extent(NamedTuple):
    """Of one stream: the stream ids of the first entry that is asked for, and of the last."""

    first: str
    last: str

    @property
    def ms(self) -> int:
        """The milliseconds between them."""
        return ms_of_position(self.last) - ms_of_position(self.first)


async def extents(store: Store, after: Mapping[int, str]) -> dict[int, Extent]:
    """Of each shard, what it holds after a stream id; a shard that holds nothing is left out.

    Raises:
        StoreAway: the store went away.
    """
    found = {}
    for shard, position in after.items():
        stream = audit_stream(shard)
        async with store.answers("see how far the audit stream reaches"):
            head = await store.redis.xrange(stream, min=f"({position}", count=1)
            tail = await store.redis.xrevrange(stream, count=1)
        if head and tail:
            found[shard] = Extent(_position(head), _position(tail))
    return found


async def holds(store: Store, shard: int, position: str) -> bool:
    """Whether the entry at `position` is still in its stream.

    Raises:
        StoreAway: the store went away.
    """
    async with store.answers("see whether the audit stream was trimmed"):
        stream = audit_stream(shard)
        return bool(await store.redis.xrange(stream, min=position, max=position, count=1))


async def trimmed(store: Store, shard: int) -> str:
    """The stream id up to which a stream was trimmed, or is about to be.

    Raises:
        StoreAway: the store went away.
    """
    async with store.answers("see whether the audit stream was trimmed"):
        until = await store.redis.hget(audit_trimmed(shard), "until")
    return START if until is None else cast("bytes", until).decode()


def _position(page: object) -> str:
    ((position, _),) = cast("list[tuple[bytes, object]]", page)
    return position.decode()


def order(position: str) -> tuple[int, int]:
    """A stream id as what it is ordered by."""
    ms, _, count = position.partition("-")
    return int(ms), int(count)


def ms_of_position(position: str) -> int:
    """When an entry came to the store, by the store's clock, in milliseconds since the epoch."""
    return order(position)[0]
