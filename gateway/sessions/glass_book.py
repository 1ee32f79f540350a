"""Sessions that broke the glass, in the store: until somebody has looked into them, and after."""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec

from gateway.console.approval_values import BrokenGlass
from gateway.store import keys
from gateway.store.client import Store
from gateway.store.scripts import Script

_KEPT_MS: Final = 400 * 86_400_000
_AT_ONCE: Final = 200

# KEYS: the session's entry. ARGV: what it is to be as a whole. Gives 0 when somebody was faster.
_REVIEW: Final = Script(
    """
if redis.call('HEXISTS', KEYS[1], 'open') == 0 then return 0 end
redis.call('HDEL', KEYS[1], 'open')
redis.call('HSET', KEYS[1], 'data', ARGV[1])
return 1
"""
)
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(BrokenGlass).decode


class GlassBook:
    """Keeps them; what nobody looked into is never forgotten. Methods raise `StoreAway`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._redis = cast("Any", store.redis)

    async def add(self, broken: BrokenGlass) -> None:
        """Keep that a session breaks the glass."""
        key = keys.broken_glass(broken.session)
        async with self._store.answers("keep that the glass was broken"):
            await self._redis.hset(key, mapping={"open": "1", "data": _encode(broken)})
            await self._redis.persist(key)
            await self._redis.zadd(keys.unreviewed(), {broken.session: broken.at})
            await self._redis.zadd(keys.broken_glasses(), {broken.session: broken.at})

    async def remove(self, session_id: str) -> None:
        """Forget one whose session did not come to be."""
        async with self._store.answers("forget that the glass was to be broken"):
            await self._redis.zrem(keys.unreviewed(), session_id)
            await self._redis.zrem(keys.broken_glasses(), session_id)
            await self._redis.delete(keys.broken_glass(session_id))

    async def get(self, session_id: str) -> BrokenGlass | None:
        """Give one, or None."""
        async with self._store.answers("read who broke the glass"):
            raw = await self._redis.hget(keys.broken_glass(session_id), "data")
        return None if raw is None else _decode(raw)

    async def unreviewed(self) -> list[BrokenGlass]:
        """Give those into which nobody has looked, the oldest first."""
        async with self._store.answers("list who broke the glass"):
            ids = await self._redis.zrange(keys.unreviewed(), 0, -1)
        found = {each.decode(): await self.get(each.decode()) for each in ids}
        seen_to = [name for name, each in found.items() if each is None or each.verdict is not None]
        if seen_to:  # somebody had not come to the end of it
            async with self._store.answers("forget what was reviewed"):
                await self._redis.zrem(keys.unreviewed(), *seen_to)
        return [each for each in found.values() if each is not None and each.verdict is None]

    async def latest(self) -> list[BrokenGlass]:
        """Give the last ones, the newest first."""
        async with self._store.answers("list who broke the glass"):
            ids = await self._redis.zrevrange(keys.broken_glasses(), 0, _AT_ONCE - 1)
        return await self._all(ids)

    async def review(self, reviewed: BrokenGlass) -> bool:
        """Keep what somebody found; false when somebody else was faster."""
        key = keys.broken_glass(reviewed.session)
        async with self._store.answers("keep what was found"):
            done = bool(await self._store.run(_REVIEW, [key], [_encode(reviewed)]))
            await self._redis.zrem(keys.unreviewed(), reviewed.session)
            if done:
                await self._redis.pexpire(key, _KEPT_MS)
                kept = reviewed.reviewed_at - _KEPT_MS
                await self._redis.zremrangebyscore(keys.broken_glasses(), "-inf", kept)
        return done

    async def _all(self, ids: list[bytes]) -> list[BrokenGlass]:
        found = [await self.get(each.decode()) for each in ids]
        return [each for each in found if each is not None]
