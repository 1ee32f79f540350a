"""What only one process does at a time, such as a delivery that keeps its order.

The holder says every few seconds that it lives. Another takes its place when it gave the lease back
or was silent for `LEASE`. A holder that could not say so in time stops before that: what it was
sending then may arrive a second time.
"""

from __future__ import annotations

import asyncio

from gateway.errors import StoreAway
from gateway.store.client import Store
from gateway.store.scripts import Script

LEASE = 15.0
"""Seconds that a lease holds after its holder was heard of."""
EVERY = 4.0
"""Seconds between its words."""
_MARGIN = 3.0
"""Seconds before its end in which the holder no longer counts on it."""

# KEYS: the lease. ARGV: who, milliseconds. Gives who holds it.
_TAKE = Script(
    """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return holder end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ARGV[1]
"""
)
# KEYS: the lease. ARGV: who.
_GIVE_BACK = Script(
    """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""
)


class Lease:
    """The lease under a key of the store. `who`: this process, unlike any other."""

    def __init__(self, store: Store, key: str, who: str) -> None:
        self._store = store
        self._keys = (key,)
        self._who = who
        self._until = 0.0

    async def take(self) -> str:
        """Take it, or hold on to it; empty when that worked, else who has it.

        Raises:
            StoreAway: the store did not answer.
        """
        asked = asyncio.get_running_loop().time()
        async with self._store.answers("see who delivers"):
            holder = await self._store.run(_TAKE, self._keys, (self._who, int(LEASE * 1000)))
        if holder.decode() != self._who:
            return str(holder.decode(errors="replace"))
        self._until = asked + LEASE - _MARGIN
        return ""

    async def keep(self) -> None:
        """Hold on to it; return when it is lost."""
        loop = asyncio.get_running_loop()
        while (left := self._until - loop.time()) > 0:
            await asyncio.sleep(min(EVERY, left))
            try:
                async with asyncio.timeout_at(self._until):
                    if await self.take():
                        return
            except (StoreAway, TimeoutError):
                continue

    async def give_back(self) -> None:
        """Let another take it at once.

        Raises:
            StoreAway: the store did not answer; it runs out by itself.
        """
        async with self._store.answers("say that it delivers no more"):
            await self._store.run(_GIVE_BACK, self._keys, (self._who,))
