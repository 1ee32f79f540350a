"""Which sessions an operator has live on a site, so that a second one needs leave.

Beside the sessions themselves, the store keeps a sorted set of ids for each operator and site, by
when they were taken. What is in it and no session any more is taken out when somebody looks.
"""

from __future__ import annotations

from typing import Any, Final, cast

from gateway.model import Session
from gateway.sessions.repository import SessionRepository
from gateway.store import keys
from gateway.store.client import Store
from gateway.store.scripts import Script

_COMING_MS: Final = 10_000
"""How long an id counts as live of which there is no session yet: it is on its way."""

# KEYS: the set. ARGV: the id, now, milliseconds to keep the set; then the ids that were seen.
# Gives 0 when there is another by now.
_TAKE: Final = Script(
    """
local seen = {}
for at = 4, #ARGV do seen[ARGV[at]] = true end
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
    if not seen[id] then return 0 end
end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then
    redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return 1
"""
)


class ActorSessions:
    """The live sessions of each operator on each site. Methods raise `StoreAway`."""

    def __init__(self, store: Store, repository: SessionRepository) -> None:
        self._store = store
        self._redis = cast("Any", store.redis)
        self._repository = repository

    async def live(self, actor: str, site: str, now_ms: int) -> frozenset[str]:
        """Give the ids of those that live, or are about to."""
        held = keys.actor_sessions(actor, site)
        async with self._store.answers("see which sessions there are"):
            found = await self._redis.zrange(held, 0, -1, withscores=True)
        live, over = set[str](), list[str]()
        for name, taken in found:
            session_id = name.decode()
            known = await self._repository.get(session_id)
            is_live = now_ms - taken < _COMING_MS if known is None else not known.ending
            if is_live:
                live.add(session_id)
            else:
                over.append(session_id)
        if over:
            async with self._store.answers("forget sessions that are over"):
                await self._redis.zrem(held, *over)
        return frozenset(live)

    async def take(self, session: Session, seen: frozenset[str]) -> bool:
        """Count a session that is about to start; false when there is one beside those seen."""
        lives = session.expires_at - session.started_at
        arguments = [session.id, session.started_at, lives, *sorted(seen)]
        held = keys.actor_sessions(session.actor.id, session.site)
        async with self._store.answers("count the session"):
            return bool(await self._store.run(_TAKE, [held], arguments))

    async def forget(self, session: Session) -> None:
        """Count a session no more that has ended: without it, it would look like one on its way."""
        held = keys.actor_sessions(session.actor.id, session.site)
        async with self._store.answers("forget sessions that are over"):
            await self._redis.zrem(held, session.id)
