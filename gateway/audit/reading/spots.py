"""Where records with a mark are, page by page from any place on, either way.

A spot is a place in all streams together: time first, then the stream. So lists of several marks
and streams are one, and pages of it put together are the whole, whatever is written meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Final, NamedTuple, TypeVar

from gateway.audit.reading.reader import Entry, line_in
from gateway.store.client import Store
from gateway.store.keys import audit_positions, audit_stream
from gateway.store.scripts import Script

_LISTS: Final = 100
"""Lists of one step in the store, which does nothing else meanwhile."""
_READS: Final = 100
"""Records of one read."""
_SPOT: Final = re.compile(r"([0-9]{1,15})-([0-9]{1,15})-([0-9]{1,4})", re.ASCII)

# KEYS: lists of positions. ARGV: ms and count of a position, 1 where an equal one is before it, how
# many to give at most of each list, `before` or `after`. Gives those of each list, oldest first.
_NEAR: Final = Script(
    """
local ms, count, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[4])
local function is_before(position)
    local at, nth = string.match(position, '(%d+)-(%d+)')
    at, nth = tonumber(at), tonumber(nth)
    if at ~= ms then return at < ms end
    return nth < count or (nth == count and ARGV[3] == '1')
end
local found = {}
for number, list in ipairs(KEYS) do
    local low, high = 0, redis.call('LLEN', list)
    while low < high do
        local middle = math.floor((low + high) / 2)
        if is_before(redis.call('LINDEX', list, middle)) then
            low = middle + 1
        else
            high = middle
        end
    end
    local first, last = low, low + most - 1
    if ARGV[5] == 'before' then first, last = math.max(low - most, 0), low - 1 end
    found[number] = last < first and {} or redis.call('LRANGE', list, first, last)
end
return found
"""
)


class Spot(NamedTuple):
    """A place: the two numbers of a stream id, and the number of the stream."""

    ms: int
    nth: int
    shard: int

    def __str__(self) -> str:
        return f"{self.ms}-{self.nth}-{self.shard}"

    @classmethod
    def of(cls, said: str) -> Spot:
        """Read one.

        Raises:
            ValueError: it is none.
        """
        parts = _SPOT.fullmatch(said)
        if parts is None:
            raise ValueError("it is no place among the records")
        return cls(*map(int, parts.groups()))

    @classmethod
    def at(cls, entry: Entry) -> Spot:
        """Give that of an entry."""
        return _spot(entry.position.encode(), entry.shard)

    @property
    def position(self) -> str:
        """Its stream id."""
        return f"{self.ms}-{self.nth}"


_Each = TypeVar("_Each")
FIRST: Final = Spot(0, 0, 0)
LAST: Final = Spot(10**15 - 1, 0, 0)


def _parts(whole: Sequence[_Each], size: int) -> Iterator[Sequence[_Each]]:
    return (whole[at : at + size] for at in range(0, len(whole), size))


async def before(
    store: Store, shards: int, marks: Sequence[str], spot: Spot, most: int
) -> list[Spot]:
    """Give the last spots before one that have any of these marks, the newest first.

    Raises:
        StoreAway: the store went away.
    """
    lists = [each async for each in _near(store, shards, marks, spot, most, "before")]
    return sorted({each for found in lists for each in found}, reverse=True)[:most]


async def after(store: Store, shards: int, mark: str, spot: Spot, most: int) -> list[Spot]:
    """Give the first spots after one that have this mark, the oldest first.

    Raises:
        StoreAway: the store went away.
    """
    lists = [each async for each in _near(store, shards, (mark,), spot, most, "after")]
    return sorted(each for found in lists for each in found)[:most]


async def last_of_each(store: Store, shards: int, marks: Sequence[str], most: int) -> list[Spot]:
    """Give the last spots of every mark, at most so many of each in a stream; in their order.

    Raises:
        StoreAway: the store went away.
    """
    lists = [each async for each in _near(store, shards, marks, LAST, most, "before")]
    return sorted({each for found in lists for each in found})


async def _near(
    store: Store, shards: int, marks: Sequence[str], spot: Spot, most: int, way: str
) -> AsyncIterator[list[Spot]]:
    for shard in range(shards):
        equal = shard < spot.shard or (way == "after" and shard == spot.shard)
        said = (spot.ms, spot.nth, int(equal), most, way)
        for some in _parts(marks, _LISTS):
            keys = [audit_positions(shard, mark) for mark in some]
            async with store.answers("look up what is on record"):
                lists = await store.run(_NEAR, keys, said)
            for found in lists:
                yield [_spot(position, shard) for position in found]


def _spot(position: bytes, shard: int) -> Spot:
    ms, _, nth = position.partition(b"-")
    return Spot(int(ms), int(nth), shard)


async def entries(store: Store, spots: Iterable[Spot]) -> AsyncIterator[Entry]:
    """Give the records at these spots in their order; what is gone by now is passed over.

    Raises:
        StoreAway: the store went away.
    """
    for some in _parts(tuple(spots), _READS):
        found: dict[Spot, Entry] = {}
        for shard in {each.shard for each in some}:
            stream = audit_stream(shard)
            wanted = [each for each in some if each.shard == shard]
            reads = [("XRANGE", stream, each.position, each.position) for each in wanted]
            async with store.answers("look up what is on record"):
                pages = await store.together(stream, reads)
            for spot, page in zip(wanted, pages, strict=True):
                for position, fields in page:
                    found[spot] = Entry(shard, position.decode(), line_in(fields))
        for spot in some:
            if spot in found:
                yield found[spot]
