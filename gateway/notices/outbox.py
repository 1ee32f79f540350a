"""The notices that wait to be delivered, in the store, and those that could not be.

`gateway:notices` is a stream with an entry for each delivery. Beside it, for each way, a sorted set
says when each is due; a hash has how often it was tried, and another how many were delivered. What
is delivered is taken out. What was refused for good, or could not be delivered in time, goes to the
dead ones, the newest `MOST_DEAD` of which stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple, cast

import msgspec
import structlog

from gateway.errors import StoreAway
from gateway.notices.item import Item, WayName
from gateway.store import keys
from gateway.store.client import Store
from gateway.store.scripts import Script

MOST: Final = 100_000
"""Deliveries that may wait."""
MOST_DEAD: Final = 10_000
"""Dead ones that are kept."""
UNREADABLE_MS: Final = 60_000
"""After how long one that this gateway cannot read is looked at again."""
WAYS: Final[tuple[WayName, ...]] = ("mail", "webhook")

# KEYS: stream, seen, due of mail, due of webhook. ARGV: now, most; then of each way, key and item.
# Gives 1, or 0 when there is no room. What was put before under the same key is not put again.
_PUT: Final = Script(
    """
if redis.call('XLEN', KEYS[1]) + (#ARGV - 2) / 3 > tonumber(ARGV[2]) then return 0 end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[1] - 172800000)
for at = 3, #ARGV, 3 do
    if redis.call('ZADD', KEYS[2], 'NX', ARGV[1], ARGV[at + 1]) == 1 then
        local position = redis.call('XADD', KEYS[1], '*', 'since', ARGV[1], 'item', ARGV[at + 2])
        redis.call('ZADD', KEYS[ARGV[at] == 'mail' and 3 or 4], ARGV[1], position)
    end
end
return 1
"""
)
# KEYS: stream, tries, due. ARGV: now, count. Gives position, since, item and tries of each.
_DUE: Final = Script(
    """
local found = {}
for _, position in ipairs(
        redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])) do
    local entry = redis.call('XRANGE', KEYS[1], position, position)[1]
    if entry then
        local tries = redis.call('HGET', KEYS[2], position) or '0'
        found[#found + 1] = {position, entry[2][2], entry[2][4], tries}
    else
        redis.call('ZREM', KEYS[3], position)
    end
end
return found
"""
)
# KEYS: due, tries. ARGV: position, when it is due again.
_LATER: Final = Script(
    """
if redis.call('ZADD', KEYS[1], 'XX', 'CH', ARGV[2], ARGV[1]) == 1 then
    redis.call('HINCRBY', KEYS[2], ARGV[1], 1)
end
"""
)
# KEYS: stream, tries, due, counts, dead. ARGV: position; and of a dead one why, at, most.
_DONE: Final = Script(
    """
local entry = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
if not entry then return 0 end
if ARGV[2] then
    redis.call('XADD', KEYS[5], 'MAXLEN', '~', ARGV[4], '*',
        'item', entry[2][4], 'why', ARGV[2], 'at', ARGV[3])
else
    redis.call('HINCRBY', KEYS[4], 'delivered', 1)
end
redis.call('XDEL', KEYS[1], ARGV[1])
return 1
"""
)
# KEYS: stream, dead, due. ARGV: position, now. Gives 1 when it was there.
_REVIVE: Final = Script(
    """
local entry = redis.call('XRANGE', KEYS[2], ARGV[1], ARGV[1])[1]
if not entry then return 0 end
local position = redis.call('XADD', KEYS[1], '*', 'since', ARGV[2], 'item', entry[2][2])
redis.call('ZADD', KEYS[3], ARGV[2], position)
redis.call('XDEL', KEYS[2], ARGV[1])
return 1
"""
)


_log = structlog.get_logger("notices")


class Waiting(NamedTuple):
    """A delivery that is due. `since`: when it was put, in milliseconds; `tries`: that failed."""

    position: str
    since: int
    item: Item
    tries: int


class Dead(NamedTuple):
    """A delivery that was given up, `why`, and when (`at`, milliseconds)."""

    position: str
    item: Item
    why: str
    at: int


class Outbox:
    """All of them. Every method raises `StoreAway` when the store does not answer."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._redis = cast("Any", store.redis)

    async def put(self, items: Sequence[Item], now_ms: int) -> None:
        """Keep these, all or none; those that were kept in the last two days are left out.

        Raises:
            StoreAway: `notices_full`, too many wait.
        """
        if not items:
            return
        arguments: list[Any] = [now_ms, MOST]
        for item in items:
            arguments += [item.way, item.key, msgspec.json.encode(item)]
        names = (keys.notices(), keys.notices_of("seen"), *map(_due, WAYS))
        async with self._store.answers("keep a notice"):
            room = await self._store.run(_PUT, names, arguments)
        if not room:
            raise StoreAway(
                "notices_full",
                "People have to be told of this, and too many notices wait already.",
                "Tell the people who run the gateway: it reaches no mail server or webhook.",
            )

    async def due(self, way: WayName, now_ms: int, count: int) -> list[Waiting]:
        """Give what is to be delivered now, the longest due first.

        What cannot be read is put off: a newer gateway on the same store may have put it.
        """
        names = (keys.notices(), keys.notices_of("tries"), _due(way))
        async with self._store.answers("read the notices"):
            found = await self._store.run(_DUE, names, (now_ms, count))
        waiting: list[Waiting] = []
        for position, since, item, tries in found:
            try:
                read = msgspec.json.decode(item, type=Item)
            except msgspec.DecodeError as fault:
                _log.error("notice.unreadable", position=position.decode(), why=str(fault))
                await self._put_off(way, position, now_ms + UNREADABLE_MS)
            else:
                waiting.append(Waiting(position.decode(), int(since), read, int(tries)))
        return waiting

    async def later(self, waiting: Waiting, at_ms: int) -> None:
        """Let one be due again at a time."""
        await self._put_off(waiting.item.way, waiting.position, at_ms)

    async def delivered(self, waiting: Waiting) -> None:
        """Take one out."""
        await self._done(waiting, ())

    async def give_up(self, waiting: Waiting, why: str, now_ms: int) -> None:
        """Put one among the dead."""
        await self._done(waiting, (why, now_ms, MOST_DEAD))

    async def dead(self, count: int = MOST_DEAD) -> list[Dead]:
        """Give the dead ones, the oldest first."""
        async with self._store.answers("read the dead notices"):
            found = await self._redis.xrange(keys.notices_of("dead"), count=count)
        return [
            Dead(
                position.decode(),
                msgspec.json.decode(said[b"item"], type=Item),
                said[b"why"].decode(),
                int(said[b"at"]),
            )
            for position, said in found
        ]

    async def revive(self, dead: Dead, now_ms: int) -> bool:
        """Let a dead one be delivered after all; give whether it was there."""
        names = (keys.notices(), keys.notices_of("dead"), _due(dead.item.way))
        async with self._store.answers("try a notice again"):
            return bool(await self._store.run(_REVIVE, names, (dead.position, now_ms)))

    async def drop(self, dead: Dead) -> bool:
        """Forget a dead one; give whether it was there."""
        async with self._store.answers("forget a notice"):
            return bool(await self._redis.xdel(keys.notices_of("dead"), dead.position))

    async def counts(self) -> dict[str, int]:
        """How many wait and are dead now, and how many were ever delivered."""
        async with self._store.answers("count the notices"):
            waiting = await self._redis.xlen(keys.notices())
            dead = await self._redis.xlen(keys.notices_of("dead"))
            delivered = await self._redis.hget(keys.notices_of("counts"), "delivered")
        return {"waiting": waiting, "delivered": int(delivered or 0), "dead": dead}

    async def _put_off(self, way: WayName, position: str | bytes, at_ms: int) -> None:
        names = (_due(way), keys.notices_of("tries"))
        async with self._store.answers("put off a notice"):
            await self._store.run(_LATER, names, (position, at_ms))

    async def _done(self, waiting: Waiting, more: Sequence[Any]) -> None:
        names = (
            keys.notices(),
            keys.notices_of("tries"),
            _due(waiting.item.way),
            keys.notices_of("counts"),
            keys.notices_of("dead"),
        )
        async with self._store.answers("take out a notice"):
            await self._store.run(_DONE, names, (waiting.position, *more))


def _due(way: WayName) -> str:
    return keys.notices_of(f"due_{way}")
