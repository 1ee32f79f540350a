"""Sessions that broke the glass, in the store: until somebody has looked into them, and after."""

from __future__ import annotations

from typing import Any, Final, NamedTuple, cast

import msgspec

from gateway.console.approval_values import BrokenGlass
from gateway.store import keys
from gateway.store.client import Store
from gateway.store.scripts import Script

_KEPT_MS: Final = 400 * 86_400_000
_AT_ONCE: Final = 200

# KEYS: the session's entry. ARGV: what was seen of it, what it is to be as a whole. Gives 0 when it
# is other by now.
_REVIEW: Final = Script(
    """
if redis.call('HGET', KEYS[1], 'data') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'open')
redis.call('HSET', KEYS[1], 'data', ARGV[2])
return 1
"""
)
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(BrokenGlass).decode


class Seen(NamedTuple):
    """One as it was at a moment. `raw`: as the store has it."""

    broken: BrokenGlass
    raw: bytes


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
        seen = await self.look(session_id)
        return None if seen is None else seen.broken

    async def look(self, session_id: str) -> Seen | None:
        """Give one as it is now, for `review`; or None."""
        async with self._store.answers("read who broke the glass"):
            raw = await self._redis.hget(keys.broken_glass(session_id), "data")
        return None if raw is None else Seen(_decode(raw), raw)

    async def unreviewed(self) -> list[BrokenGlass]:
        """Give those into which nobody has looked, the oldest first."""
        async with self._store.answers("list who broke the glass"):
            ids = await self._redis.zrange(keys.unreviewed(), 0, -1)
        found = {each.decode(): await self.get(each.decode()) for each in ids}
        seen_to = [name for name, each in found.items() if each is None or each.verdict is not None]
        if seen_to:  # somebody had not come to the end of it
            async with self._store.answers("forget what was reviewed"):
                await self._close(seen_to)
        return [each for each in found.values() if each is not None and each.verdict is None]

    async def latest(self) -> list[BrokenGlass]:
        """Give the last ones, the newest first."""
        async with self._store.answers("list who broke the glass"):
            ids = await self._redis.zrevrange(keys.broken_glasses(), 0, _AT_ONCE - 1)
        return await self._all(ids)

    async def review(self, seen: Seen, reviewed: BrokenGlass) -> bool:
        """Keep what somebody found in what they saw; false when it is other by now."""
        key = keys.broken_glass(reviewed.session)
        async with self._store.answers("keep what was found"):
            done = bool(await self._store.run(_REVIEW, [key], [seen.raw, _encode(reviewed)]))
            if done:
                await self._redis.pexpire(key, _KEPT_MS)
                await self._close([reviewed.session])
                kept = reviewed.reviewed_at - _KEPT_MS
                await self._redis.zremrangebyscore(keys.broken_glasses(), "-inf", kept)
        return done

    async def _close(self, session_ids: list[str]) -> None:
        """Count these as open no more, but for what is opened again at this moment."""
        await self._redis.zrem(keys.unreviewed(), *session_ids)
        for each in session_ids:
            now = await self.get(each)
            if now is not None and now.verdict is None:
                await self._redis.persist(keys.broken_glass(each))
                await self._redis.zadd(keys.unreviewed(), {each: now.at})

    async def _all(self, ids: list[bytes]) -> list[BrokenGlass]:
        found = [await self.get(each.decode()) for each in ids]
        return [each for each in found if each is not None]
