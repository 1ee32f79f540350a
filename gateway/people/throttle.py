"""Slow down who guesses passwords: after so many wrong tries of one key, a wait.

Tries are counted in the store, so that they are counted together in whichever worker, or gateway,
they are made. A try counts before its password is looked at, and is taken back when that was right:
however many are under way at once, no more than these are looked at.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

from gateway.store import keys
from gateway.store.client import Store
from gateway.store.scripts import Script

OF_A_NAME: Final = 8
"""Wrong tries of one name from one address; a name is never locked for other addresses."""
OF_AN_ADDRESS: Final = 40

_WINDOW_MS: Final = 300_000
# KEYS: sorted sets of tries by time. ARGV: now, window, the try, then the most of each key.
_BEGIN = Script(
    """
local wait = 0
for i, key in ipairs(KEYS) do
    redis.call('ZREMRANGEBYSCORE', key, '-inf', ARGV[1] - ARGV[2])
    if redis.call('ZCARD', key) >= tonumber(ARGV[3 + i]) then
        local oldest = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
        wait = math.max(wait, oldest + ARGV[2] - ARGV[1])
    end
end
if wait > 0 then return wait end
for _, key in ipairs(KEYS) do
    redis.call('ZADD', key, ARGV[1], ARGV[3])
    redis.call('PEXPIRE', key, ARGV[2])
end
return 0
"""
)
# KEYS: as above. ARGV: the try.
_TAKE_BACK = Script("for _, key in ipairs(KEYS) do redis.call('ZREM', key, ARGV[1]) end")


class Throttle:
    """Counts tries within five minutes. Each method raises `StoreAway`: nobody is let in then."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def begin(self, address: str, name: str, now_ms: int) -> tuple[str, int]:
        """Count a try; give what takes it back, and the milliseconds to wait before the next.

        One that has to wait is not counted; it must not be made.
        """
        attempt = secrets.token_hex(8)
        most = (OF_A_NAME, OF_AN_ADDRESS)
        async with self._store.answers("count the tries to sign in"):
            wait = await self._store.run(
                _BEGIN, _keys(address, name), (now_ms, _WINDOW_MS, attempt, *most)
            )
        return attempt, int(wait)

    async def take_back(self, address: str, name: str, attempt: str) -> None:
        """Forget a try: its password was right."""
        async with self._store.answers("count the tries to sign in"):
            await self._store.run(_TAKE_BACK, _keys(address, name), (attempt,))


def _keys(address: str, name: str) -> tuple[str, str]:
    """The name only as a hash: people type their password there."""
    digest = hashlib.sha256(name.casefold().encode("utf-8", "replace")).hexdigest()
    return keys.tries_of_name(address, digest), keys.tries(address)
