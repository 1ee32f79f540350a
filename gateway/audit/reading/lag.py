"""How far a consumer group is behind the streams."""

from __future__ import annotations

from collections.abc import Callable

from gateway.model import Frozen
from gateway.store.client import Store
from gateway.store.keys import audit_stream
from gateway.store.scripts import Script

COUNTED = 10_000
"""Records of a stream that are counted at most where the store does not count (before Redis 7)."""

# KEYS: the stream. ARGV: the group, COUNTED. Gives how many entries are not acknowledged, and the
# position of the oldest. Of a group that is not there yet these are all.
_BEHIND = Script(
    """
local function after(position, count)
    return redis.call('XRANGE', KEYS[1], '(' .. position, '+', 'COUNT', count)
end
if redis.call('EXISTS', KEYS[1]) == 0 then return {0, false} end
local read, pending, oldest, rest = '0-0', 0, false, redis.call('XLEN', KEYS[1])
for _, facts in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
    local group = {}
    for at = 1, #facts, 2 do group[facts[at]] = facts[at + 1] end
    if group['name'] == ARGV[1] then
        read = group['last-delivered-id']
        rest = group['lag'] or #after(read, ARGV[2])
        local waiting = redis.call('XPENDING', KEYS[1], ARGV[1])
        pending, oldest = waiting[1], waiting[2]
    end
end
if not oldest then
    local first = after(read, 1)[1]
    oldest = first and first[1] or false
end
return {pending + rest, oldest}
"""
)


class Lag(Frozen, frozen=True, kw_only=True):
    """Records of all streams that are not acknowledged, and the age of the oldest in seconds."""

    records: int = 0
    seconds: float = 0.0


async def lag_of(store: Store, shards: int, consumer: str, now: Callable[[], int]) -> Lag:
    """Measure it.

    Args:
        now: the wall clock in milliseconds; positions are by the store's.

    Raises:
        StoreAway: the store did not answer.
    """
    records, oldest = 0, None
    for shard in range(shards):
        async with store.answers("see what is not delivered"):
            count, position = await store.run(_BEHIND, (audit_stream(shard),), (consumer, COUNTED))
        records += count
        if position is not None:
            at = int(position.partition(b"-")[0])
            oldest = at if oldest is None else min(oldest, at)
    waited = 0 if oldest is None else max(0, now() - oldest)
    return Lag(records=records, seconds=waited / 1000)
