"""The lists of positions by mark: records without reading the streams from their beginning.

The script that appends a record appends its position (`redis_sink`); here the lists are read, from
their newest end, and shortened when a stream was trimmed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any, cast

from gateway.audit.reading.reader import Entry, line_in
from gateway.store.client import Store
from gateway.store.keys import audit_positions, audit_stream
from gateway.store.scripts import Script

_PAGE = 256
"""Records of one read of one stream."""

# KEYS: a list of positions. ARGV: the position up to which the stream was trimmed.
_FORGET = Script(
    """
local function trimmed(position)
    local ms, count = string.match(position, '(%d+)-(%d+)')
    local until_ms, until_count = string.match(ARGV[1], '(%d+)-(%d+)')
    ms, count = tonumber(ms), tonumber(count)
    until_ms, until_count = tonumber(until_ms), tonumber(until_count)
    return ms < until_ms or (ms == until_ms and count <= until_count)
end
local gone
repeat
    gone = 0
    for _, position in ipairs(redis.call('LRANGE', KEYS[1], 0, 99)) do
        if not trimmed(position) then break end
        gone = gone + 1
    end
    if gone > 0 then redis.call('LPOP', KEYS[1], gone) end
until gone < 100
"""
)


async def forget(store: Store, shard: int, marks: Iterable[str], until: str) -> None:
    """Take the positions up to `until` out of these lists.

    Raises:
        StoreAway: the store went away; what is left leads nowhere, and is passed over.
    """
    for mark in marks:
        async with store.answers("forget what was trimmed"):
            await store.run(_FORGET, (audit_positions(shard, mark),), (until,))


async def newest(store: Store, shards: int, mark: str, *, after: int = 0) -> AsyncIterator[Entry]:
    """The records with a mark (`gateway.audit.marks`), the newest first, as far as they are there.

    Args:
        after: only records that the store took after this time, in milliseconds since the epoch.

    Raises:
        StoreAway: the store went away.
    """
    lists = [_Backwards(store, shard, mark) for shard in range(shards)]
    while True:
        heads = [(head, each) for each in lists if (head := await each.head()) is not None]
        if not heads:
            return
        head, latest = max(heads, key=lambda one: _time(one[0]))
        if _time(head)[0] < after:
            return
        latest.take()
        yield head


class _Backwards:
    """One stream's records with a mark, from the last one back."""

    def __init__(self, store: Store, shard: int, mark: str) -> None:
        self._store = store
        self._redis = cast("Any", store.redis)
        self._shard = shard
        self._list = audit_positions(shard, mark)
        self._left: int | None = None
        self._page: list[Entry] = []

    async def head(self) -> Entry | None:
        """The next one; None when there is none."""
        while not self._page and self._left != 0:
            await self._fill()
        return self._page[-1] if self._page else None

    def take(self) -> None:
        """Go on behind the next one."""
        self._page.pop()

    async def _fill(self) -> None:
        async with self._store.answers("look up what is on record"):
            if self._left is None:
                self._left = int(await self._redis.llen(self._list))
            start = max(self._left - _PAGE, 0)
            positions = await self._redis.lrange(self._list, start, self._left - 1)
            self._left = start
            stream = audit_stream(self._shard)
            reads = [("XRANGE", stream, position, position) for position in positions]
            found = await self._store.together(stream, reads)
        self._page = [
            Entry(self._shard, position.decode(), line_in(fields))
            for page in found
            for position, fields in page
        ]


def _time(entry: Entry) -> tuple[int, int]:
    ms, _, count = entry.position.partition("-")
    return int(ms), int(count)
