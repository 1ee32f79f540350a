"""Sessions in the store: one hash a session, one for its cookies, and an index by deadline.

- session: data (JSON), token (SHA-256 of the cookie's secret, of each host in order), seen (ms),
  and once its end has begun: ending (ms), reason, record (the id of the record of its end);
- jar: a field a cookie (the version that set it, a space, JSON), and `version`, which grows with
  each change;
- enter code: the session that a one-time code enters, and the tokens given on the hosts before;
  gone when used or after a minute;
- live sessions: ids by the time at which they end unless used again.

Every method raises `StoreAway` when the store does not answer in time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any, Final, cast

import msgspec

from gateway.model import Session
from gateway.sessions.jar import Cookie
from gateway.store import keys
from gateway.store.client import Store
from gateway.store.scripts import Script

_SLACK_MS: Final = 60_000
"""A jar outlives its session by this at most, whatever becomes of the gateway."""
_UNENDED_MS: Final = 30 * 86_400_000
"""A session is kept for this long after its time, so that a gateway or a store that was away for
as long still finds it, and puts its end on record."""
CODE_SECONDS: Final = 60
_RECLAIM_MS: Final = 10_000
_AT_ONCE: Final = 50

_ADMIT: Final = Script("""
if redis.call('HEXISTS', KEYS[1], 'data') == 0 or redis.call('HEXISTS', KEYS[1], 'ending') == 1 then
  return 0
end
if ARGV[1] ~= '' and redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'token', ARGV[2])
return 1
""")
_CLAIM: Final = Script("""
if redis.call('HEXISTS', KEYS[1], 'data') == 0 then return -1 end
local since = redis.call('HGET', KEYS[1], 'ending')
if since and tonumber(ARGV[1]) - tonumber(since) < tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], 'ending', ARGV[1])
redis.call('HSETNX', KEYS[1], 'reason', ARGV[3])
redis.call('HSETNX', KEYS[1], 'record', ARGV[4])
return 1
""")
_CHANGE_JAR: Final = Script("""
if redis.call('HEXISTS', KEYS[1], 'data') == 0 or redis.call('HEXISTS', KEYS[1], 'ending') == 1 then
  return 0
end
local version = redis.call('HINCRBY', KEYS[2], 'version', 1)
local first = 3 + 2 * tonumber(ARGV[2])
for at = 3, first - 1, 2 do
  redis.call('HSET', KEYS[2], ARGV[at], version .. ' ' .. ARGV[at + 1])
end
for at = first, #ARGV do redis.call('HDEL', KEYS[2], ARGV[at]) end
redis.call('PEXPIRE', KEYS[2], ARGV[1])
return version
""")
_REPLACE: Final = Script("""
if redis.call('HEXISTS', KEYS[1], 'ending') == 1 then return 0 end
if redis.call('HGET', KEYS[1], 'data') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'data', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
""")
_TOUCH: Final = Script("""
if redis.call('HEXISTS', KEYS[1], 'data') == 1 then redis.call('HSET', KEYS[1], 'seen', ARGV[1]) end
""")

_encode = msgspec.json.Encoder().encode
_decode_session = msgspec.json.Decoder(Session).decode
_decode_cookie = msgspec.json.Decoder(Cookie).decode


class Entry(msgspec.Struct, frozen=True):
    """What a code enters: the next host of a session, after those where a browser was `admitted`.

    `admitted` holds the digests of the tokens that it got there.
    """

    session: str
    admitted: tuple[str, ...] = ()


class Found(msgspec.Struct, frozen=True):
    """A session as the store has it.

    `tokens` are the digests of what its hosts admit, as far as somebody entered. `ending`: its end
    has begun, for `reason`, and is on record under the id `record`.
    """

    session: Session
    tokens: tuple[str, ...]
    seen_at: int
    ending: bool
    reason: str = ""
    record: str = ""


def deadline(session: Session, seen_at: int) -> int:
    """Give the time in milliseconds at which a session ends unless it is used again."""
    return min(session.expires_at, seen_at + session.idle_ms)


class SessionRepository:
    """Reads and writes sessions; knows nothing of who may."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, session: Session, code_digest: str) -> None:
        """Keep a new session and the code that enters it."""
        redis = self._store.redis
        lives = session.expires_at - session.started_at + _UNENDED_MS
        fields: dict[Any, Any] = {"data": _encode(session), "seen": session.started_at}
        ends = deadline(session, session.started_at)
        async with self._store.answers("keep the session"):
            # First, so that the sweep finds whatever else was kept when the store goes away.
            await redis.zadd(keys.live_sessions(), {session.id: ends})
            await redis.hset(keys.session(session.id), mapping=fields)
            await redis.pexpire(keys.session(session.id), lives)
            await redis.set(keys.enter_code(code_digest), session.id, ex=CODE_SECONDS)

    async def add_code(self, entry: Entry, code_digest: str) -> None:
        """Keep one more code."""
        value = " ".join((entry.session, *entry.admitted))
        async with self._store.answers("keep the code"):
            await self._store.redis.set(keys.enter_code(code_digest), value, ex=CODE_SECONDS)

    async def peek_code(self, code_digest: str) -> Entry | None:
        """Say what a code enters, without using it up."""
        async with self._store.answers("read the code"):
            return _entry(await self._store.redis.get(keys.enter_code(code_digest)))

    async def use_code(self, code_digest: str) -> Entry | None:
        """Take a code away, and say what it enters; once only, however many try."""
        async with self._store.answers("use the code"):
            return _entry(await self._store.redis.getdel(keys.enter_code(code_digest)))

    async def admit(self, entry: Entry, token_digest: str) -> Entry | None:
        """Let a browser in, and give what it enters next.

        On the main host all tokens given before are worth nothing from now on. On a further one the
        tokens of the hosts before must be those of `entry` still: else it is None.
        """
        after = Entry(entry.session, (*entry.admitted, token_digest))
        arguments = [" ".join(entry.admitted), " ".join(after.admitted)]
        async with self._store.answers("enter the session"):
            done = await self._store.run(_ADMIT, [keys.session(entry.session)], arguments)
        return after if done else None

    async def get(self, session_id: str) -> Found | None:
        """Give a session that has not been removed."""
        async with self._store.answers("find the session"):
            row = await self._store.redis.hmget(
                keys.session(session_id),
                ["data", "token", "seen", "ending", "reason", "record"],
            )
        data, token, seen, ending, reason, record = row
        if data is None:
            return None
        session = _decode_session(cast(bytes, data))
        return Found(
            session,
            tuple((_text(token) or "").split()),
            int(seen or 0),
            ending is not None,
            _text(reason) or "",
            _text(record) or "",
        )

    async def change(self, session_id: str, change: Callable[[Session], Session]) -> Session | None:
        """Change a live session, and give it as it is then; None when there is none any more.

        `change` is given the session as it is, again when somebody else has changed it meanwhile.
        Workers that serve it are to be told (`Revocation.announce`).
        """
        key = keys.session(session_id)
        async with self._store.answers("change the session"):
            while True:
                raw, seen = await self._store.redis.hmget(key, ["data", "seen"])
                if not isinstance(raw, bytes):
                    return None
                session = _decode_session(raw)
                changed = change(session)
                if changed == session:
                    return session
                lives = changed.expires_at - changed.started_at + _UNENDED_MS
                if await self._store.run(_REPLACE, [key], [raw, _encode(changed), lives]):
                    break
                if await self._store.redis.hexists(key, "ending"):
                    return None
            if (changed.expires_at, changed.idle_ms) != (session.expires_at, session.idle_ms):
                ends = deadline(changed, int(seen or changed.started_at))
                await self._store.redis.zadd(keys.live_sessions(), {session_id: ends}, xx=True)
        return changed

    async def touch(self, session: Session, seen_at: int) -> None:
        """Note that a session was used."""
        async with self._store.answers("note the use"):
            await self._store.run(_TOUCH, [keys.session(session.id)], [seen_at])
            await self._store.redis.zadd(
                keys.live_sessions(), {session.id: deadline(session, seen_at)}, xx=True, gt=True
            )

    async def due(self, now_ms: int, limit: int = 100) -> list[str]:
        """Give ids of sessions whose time is over."""
        async with self._store.answers("look for sessions that are over"):
            ids = await self._store.redis.zrangebyscore(
                keys.live_sessions(), "-inf", now_ms, 0, limit
            )
        return [_text(each) or "" for each in ids]

    async def live(self, limit: int = 500) -> list[Found]:
        """Give live sessions, soonest to end first."""
        async with self._store.answers("list the sessions"):
            ids = await self._store.redis.zrange(keys.live_sessions(), 0, limit - 1)
        found = [await self.get(_text(each) or "") for each in ids]
        return [each for each in found if each is not None and not each.ending]

    async def every(self) -> AsyncIterator[Found]:
        """Give every live session, some at a time."""
        async with self._store.answers("list the sessions"):
            ids = await self._store.redis.zrange(keys.live_sessions(), 0, -1)
        names = [_text(each) or "" for each in ids]
        for first in range(0, len(names), _AT_ONCE):
            some = names[first : first + _AT_ONCE]
            for found in await asyncio.gather(*map(self.get, some)):
                if found is not None and not found.ending:
                    yield found

    async def claim_end(self, session_id: str, now_ms: int, reason: str, record: str) -> bool:
        """Become the one who ends a session and records it; false when another does, or did.

        The session is due from now on: should this worker not come to the end, another takes over
        after ten seconds, for the reason and by the id of a record that were given first.
        """
        async with self._store.answers("end the session"):
            claimed = await self._store.run(
                _CLAIM, [keys.session(session_id)], [now_ms, _RECLAIM_MS, reason, record]
            )
            if int(claimed) == 1:
                await self._store.redis.zadd(keys.live_sessions(), {session_id: now_ms}, xx=True)
        return int(claimed) == 1

    async def remove(self, session_id: str) -> None:
        """Forget a session and its cookies."""
        redis = self._store.redis
        async with self._store.answers("remove the session"):
            await redis.delete(keys.jar(session_id))
            await redis.zrem(keys.live_sessions(), session_id)
            await redis.delete(keys.session(session_id))

    async def jar(self, session_id: str) -> tuple[int, dict[str, Cookie]]:
        """Give the jar's version and its cookies by key."""
        async with self._store.answers("read the session's cookies"):
            row = await self._store.redis.hgetall(keys.jar(session_id))
        fields = cast(Mapping[bytes, bytes], row)
        cookies = (_cookie(raw) for key, raw in fields.items() if key != b"version")
        return int(fields.get(b"version", 0)), {each.key: each for each in cookies}

    async def jar_version(self, session_id: str) -> int:
        """Give the jar's version, 0 while nothing was ever in it."""
        async with self._store.answers("read the jar's version"):
            return int(await self._store.redis.hget(keys.jar(session_id), "version") or 0)

    async def change_jar(
        self, session: Session, keep: Iterable[Cookie], drop: Iterable[Cookie], now_ms: int
    ) -> int:
        """Keep and drop cookies in one step, and give the jar's new version.

        It is 0 when the session's end has begun: nothing is kept then (threat 40).
        """
        lives = max(session.expires_at - now_ms, 0) + _SLACK_MS
        kept = [part for each in keep for part in (each.key, _encode(each))]
        arguments = (lives, len(kept) // 2, *kept, *(each.key for each in drop))
        async with self._store.answers("keep the app's cookies"):
            version = await self._store.run(
                _CHANGE_JAR, [keys.session(session.id), keys.jar(session.id)], arguments
            )
        return int(version)


def _cookie(raw: bytes) -> Cookie:
    version, _, cookie = raw.partition(b" ")
    return msgspec.structs.replace(_decode_cookie(cookie), version=int(version))


def _entry(raw: object) -> Entry | None:
    text = _text(raw)
    if text is None:
        return None
    session_id, *admitted = text.split(" ")
    return Entry(session_id, tuple(admitted))


def _text(raw: object) -> str | None:
    return raw.decode() if isinstance(raw, bytes) else None
