"""A consumer group on each shard's stream: what is delivered next, and what was confirmed.

A group is always read under one consumer's name, by whoever holds the lease (`lease`). So what a
forwarder that died had read and not acknowledged is pending under that very name, and the next one
gets it first, in order; nothing has to be claimed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import structlog

from gateway.audit.reading.extent import order, trimmed
from gateway.audit.reading.reader import START, Entry, line_in
from gateway.store.client import Store
from gateway.store.keys import audit_stream
from gateway.store.scripts import Script

_log = structlog.get_logger("audit")
_CONSUMER = "forwarder"
_PENDING, _NEW = "0", ">"

# KEYS: the stream. ARGV: the group. Gives the last entry that was read; empty for a new group.
_JOIN = Script(
    """
local made = redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM')
if not made.err then return '' end
if not string.find(made.err, 'BUSYGROUP', 1, true) then return made end
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
    local said = {}
    for at = 1, #group, 2 do said[group[at]] = group[at + 1] end
    if said['name'] == ARGV[1] then return said['last-delivered-id'] end
end
"""
)


class Group:
    """The groups of one name. Every method raises `StoreAway` when the store does not answer."""

    def __init__(self, store: Store, name: str) -> None:
        self._store = store
        self._redis = cast("Any", store.redis)
        self._name = name
        self._settled: set[int] = set()  # shards of which nothing is pending
        self._last: dict[int, str] = {}  # up to where each stream was read

    async def join(self, shard: int) -> None:
        """Make the group where it is not there, from the stream's first entry on."""
        self._settled.discard(shard)
        async with self._store.answers("join the audit stream"):
            last = await self._store.run(_JOIN, (audit_stream(shard),), (self._name,))
        self._last[shard] = last.decode() if last else await trimmed(self._store, shard)

    async def next(self, shard: int, count: int) -> list[Entry]:
        """The next entries that are not acknowledged, at most `count`, the oldest first.

        An entry that was removed from the stream before it was acknowledged has an empty line.
        """
        if shard not in self._settled:
            found = await self._read(shard, count, _PENDING)
            if found:
                return found
        self._settled.discard(shard)  # what is read but does not arrive here is pending
        found = await self._read(shard, count, _NEW)
        if not found:
            self._settled.add(shard)
        else:
            await self._tell_missed(shard)
            self._last[shard] = found[-1].position
        return found

    async def acknowledge(self, shard: int, positions: Sequence[str]) -> None:
        """Take these as delivered: they are not given again."""
        if positions:
            async with self._store.answers("acknowledge what was delivered"):
                await self._redis.xack(audit_stream(shard), self._name, *positions)

    async def _tell_missed(self, shard: int) -> None:
        """Say when trimming took away what this group had not read: nobody waits for it."""
        until, last = await trimmed(self._store, shard), self._last.get(shard, START)
        if order(until) > order(last):
            _log.error("forward.missed", shard=shard, after=last, until=until)

    async def _read(self, shard: int, count: int, after: str) -> list[Entry]:
        stream = audit_stream(shard)
        async with self._store.answers("read the audit stream"):
            found = await self._redis.xreadgroup(
                self._name, _CONSUMER, {stream: after}, count=count
            )
        return [
            Entry(shard, position.decode(), line_in(fields))
            for position, fields in (found or {}).get(stream.encode(), ())
        ]
