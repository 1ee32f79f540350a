"""Until when each worker may serve sessions, as the store knows it (law 9).

A worker whose subscription the store has dropped may find that out later: the network can lose the
word of it. Nobody can tell such a worker of an end, and the store does not count it among those
that it told. So a worker serves only while it holds a lease here, which lasts longer than it needs
to find out, and who ends a session hears from every holder.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gateway.store import keys
from gateway.store.client import Store
from gateway.store.scripts import Script

# KEYS: the sorted set of holders, by when their leases end on the store's clock, in milliseconds.
_NOW: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
"""
# ARGV: holder, milliseconds.
_RENEW: Final = Script(
    _NOW
    + """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1])
"""
)
_HOLDERS: Final = Script(_NOW + "return redis.call('ZRANGEBYSCORE', KEYS[1], now, '+inf')")


class Leases:
    """The leases of all workers. Call every method inside `store.answers`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def renew(self, holder: str, seconds: float) -> None:
        """Let `holder` serve for so long from now on."""
        await self._store.run(_RENEW, (keys.leases(),), (holder, int(seconds * 1000)))

    async def end(self, holders: Iterable[str]) -> None:
        """End the leases of workers that certainly serve nothing any more."""
        await self._store.redis.zrem(keys.leases(), *holders)

    async def holders(self) -> set[str]:
        """Who may serve now."""
        found: list[bytes] = await self._store.run(_HOLDERS, (keys.leases(),), ())
        return {holder.decode() for holder in found}
