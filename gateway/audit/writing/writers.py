"""Which writers live, and from where on in each stream their requests may be without an outcome.

Beside each stream stands a hash of writer -> `position beat`. The beat counts up while the writer
lives; all intents of it up to the position (a stream id) have their outcomes in the stream. Who
finds a writer silent claims it: `position by claimer`. From the claim on the stream takes nothing
more of that writer (`redis_sink`), so a writer that was only slow cannot contradict what the
claimer puts on record.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

from gateway.store.client import Store
from gateway.store.keys import audit_open, audit_stream, audit_writers
from gateway.store.scripts import Script

# KEYS: the stream, the hash of last seqs, the hash of open positions.
_LAST_POSITION = """
local function last_position()
    local entry = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
    return entry and entry[1] or '0-0'
end
"""
# ARGV: writer, position ('': the last), beat. Gives what the stream holds: seq, last position.
_BEAT = Script(
    _LAST_POSITION
    + """
local held = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or 0)
if held < 0 then return false end
local last = last_position()
local position = ARGV[2] == '' and last or ARGV[2]
redis.call('HSET', KEYS[3], ARGV[1], position .. ' ' .. ARGV[3])
return {held, last}
"""
)
# ARGV: writer, what its entry is, what it becomes, claimer. Gives the last position of the stream.
_CLAIM = Script(
    _LAST_POSITION
    + """
if redis.call('HGET', KEYS[3], ARGV[1]) ~= ARGV[2] then return false end
if tonumber(redis.call('HGET', KEYS[2], ARGV[4]) or 0) < 0 then return false end
local held = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or 0)
if held >= 0 then redis.call('HSET', KEYS[2], ARGV[1], -1 - held) end
redis.call('HSET', KEYS[3], ARGV[1], ARGV[3])
return last_position()
"""
)
# ARGV: writer, what its entry is.
_REMOVE = Script(
    """
if redis.call('HGET', KEYS[3], ARGV[1]) == ARGV[2] then
    redis.call('HDEL', KEYS[3], ARGV[1])
end
"""
)


class Said(NamedTuple):
    """What stands beside a stream about a writer: `claimer` is empty while nobody claimed it."""

    position: str
    beat: str
    claimer: str

    @classmethod
    def of(cls, value: bytes) -> Said:
        """Read an entry of the hash."""
        position, _, rest = value.decode(errors="replace").partition(" ")
        claimed = rest.startswith("by ")
        return cls(position, "" if claimed else rest, rest[3:] if claimed else "")

    def __str__(self) -> str:
        return f"{self.position} by {self.claimer}" if self.claimer else " ".join(self[:2])


class Writers:
    """The hashes of all streams. Every method raises `StoreAway` when the store does not answer."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._redis = cast("Any", store.redis)

    async def beat(
        self, shard: int, writer: str, position: str, beat: int
    ) -> tuple[int, str] | None:
        """Say that `writer` lives; give the seq and the position up to which the stream is filled.

        Args:
            position: as above; empty: where the stream ends now.

        Returns:
            None when the writer was claimed: nothing was said.
        """
        held = await self._run(shard, _BEAT, "say that it is there", writer, position, str(beat))
        return None if held is None else (int(held[0]), held[1].decode())

    async def all(self, shard: int) -> dict[str, Said]:
        """What is said of each writer that has not ended in good order."""
        async with self._store.answers("read who writes"):
            found = cast("dict[bytes, bytes]", await self._store.redis.hgetall(audit_open(shard)))
        return {writer.decode(): Said.of(value) for writer, value in found.items()}

    async def held(self, shard: int, writer: str) -> int:
        """The last seq that the stream holds of `writer`, also of one that was claimed."""
        async with self._store.answers("read what a writer wrote"):
            held = int(await self._redis.hget(audit_writers(shard), writer) or 0)
        return held if held >= 0 else -1 - held

    async def last(self, shard: int) -> str:
        """The position of the stream's last entry; `0-0` without any."""
        async with self._store.answers("read where the stream ends"):
            entries = await self._redis.xrevrange(audit_stream(shard), count=1)
        return entries[0][0].decode() if entries else "0-0"

    async def claim(self, shard: int, writer: str, said: Said, claimer: str) -> str | None:
        """Take `writer`, of which `said` is said, for dead: the stream takes nothing more of it.

        Returns:
            The last position of the stream; None when something else is said of it by now, or when
            the claimer was claimed itself.
        """
        claimed = str(said._replace(claimer=claimer))
        last = await self._run(
            shard, _CLAIM, "close what was left open", writer, str(said), claimed, claimer
        )
        return None if last is None else last.decode()

    async def remove(self, shard: int, writer: str, said: Said) -> None:
        """Say nothing more of `writer`: nothing of it is open; nothing when not `said` is said."""
        await self._run(shard, _REMOVE, "close what was left open", writer, str(said))

    async def _run(self, shard: int, script: Script, what: str, *arguments: str) -> Any:
        keys = (audit_stream(shard), audit_writers(shard), audit_open(shard))
        async with self._store.answers(what):
            return await self._store.run(script, keys, arguments)
