"""The shortcuts of operators in the store: for whom they acted lately, and whom they pinned.

Both are an operator's own and bounded, and are gone when nobody looked at them for long.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple, cast

import msgspec

from gateway.store import keys
from gateway.store.client import Store
from gateway.store.scripts import Script

MOST_RECENT: Final = 10
MOST_PINNED: Final = 20
_DAYS: Final = 86_400_000
_RECENT_MS: Final = 90 * _DAYS
_PINNED_MS: Final = 400 * _DAYS

# KEYS: the list. ARGV: the subject, when, the most, milliseconds to keep it.
_PIN: Final = Script(
    """
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
    if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
    redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
"""
)
# The same, of which the oldest make room.
_NOTE: Final = Script(
    """
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - tonumber(ARGV[3]))
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
"""
)
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[str, str]).decode


class Listed(NamedTuple):
    """A user of a site, by id, and when they were put into a list, in milliseconds."""

    site: str
    subject: str
    at: int


class ShortlistBook:
    """Keeps them, by the operator's id. Methods raise `StoreAway`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._redis = cast("Any", store.redis)

    async def recent(self, operator: str) -> Sequence[Listed]:
        """Give for whom they acted, the latest first."""
        return (await self._listed(keys.recent_subjects(operator)))[::-1]

    async def pinned(self, operator: str) -> Sequence[Listed]:
        """Give whom they pinned, in the order in which they did."""
        return await self._listed(keys.pinned_subjects(operator))

    async def note(self, operator: str, site: str, subject: str, at_ms: int) -> None:
        """Put a user first among the recent ones."""
        arguments = [_encode((site, subject)), at_ms, MOST_RECENT, _RECENT_MS]
        async with self._store.answers("note whom somebody acts for"):
            await self._store.run(_NOTE, [keys.recent_subjects(operator)], arguments)

    async def pin(self, operator: str, site: str, subject: str, at_ms: int) -> bool:
        """Pin a user; false where there are as many as there may be."""
        arguments = [_encode((site, subject)), at_ms, MOST_PINNED, _PINNED_MS]
        async with self._store.answers("pin a user"):
            return bool(await self._store.run(_PIN, [keys.pinned_subjects(operator)], arguments))

    async def unpin(self, operator: str, site: str, subject: str) -> None:
        """Pin a user no more."""
        async with self._store.answers("pin a user no more"):
            await self._redis.zrem(keys.pinned_subjects(operator), _encode((site, subject)))

    async def _listed(self, key: str) -> list[Listed]:
        async with self._store.answers("read the shortcuts"):
            found = await self._redis.zrange(key, 0, -1, withscores=True)
        return [Listed(*_decode(member), int(at)) for member, at in found]
