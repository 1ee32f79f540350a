"""What people change and what has a history: values by key, and a log of every change.

A change is one step in the store: it is made and logged, or neither. Each value has a version,
which counts its changes; who changes it may say which version they saw, so that nobody undoes what
they did not know of.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final, NamedTuple, cast

from gateway.errors import Refused, StoreAway
from gateway.store import keys
from gateway.store.client import Store
from gateway.store.scripts import Script

MOST_AT_ONCE: Final = 500
"""Changes of one step."""
_PAGE: Final = 500
_SCANNED: Final = 1000

# KEYS: values, log, and of each change the list of its key's positions in the log.
# ARGV: by, why, at; then of each change key, expected version ('' for any) and value ('' for none).
# Gives 0 and the key whose version is another; or 1 and how many values are other than before.
_CHANGE: Final = Script(
    """
local function held(key)
    local now = redis.call('HGET', KEYS[1], key)
    if not now then return 0, '' end
    local version, value = string.match(now, '^(%d+) (.*)$')
    return tonumber(version), value
end
for at = 4, #ARGV, 3 do
    local version = held(ARGV[at])
    if ARGV[at + 1] ~= '' and tonumber(ARGV[at + 1]) ~= version then return {0, ARGV[at]} end
end
local changed = 0
for at = 4, #ARGV, 3 do
    local key, value = ARGV[at], ARGV[at + 2]
    local version, before = held(key)
    if value ~= before then
        redis.call('HSET', KEYS[1], key, (version + 1) .. ' ' .. value)
        local position = redis.call('XADD', KEYS[2], '*', 'key', key, 'value', value,
            'version', version + 1, 'by', ARGV[1], 'why', ARGV[2], 'at', ARGV[3])
        redis.call('RPUSH', KEYS[3 + (at - 4) / 3], position)
        changed = changed + 1
    end
end
return {1, changed}
"""
)


class Edit(NamedTuple):
    """A change that is asked for. `value`: empty to remove it; `expected`: None for any version."""

    key: str
    value: bytes
    expected: int | None = None


class Held(NamedTuple):
    """A value as it is now. `value` is empty for one that was removed; `version` counts on."""

    value: bytes
    version: int


class Change(NamedTuple):
    """A change that was made: by whom, why, and when, in milliseconds since the Unix epoch."""

    position: str
    key: str
    value: bytes
    version: int
    by: str
    why: str
    at: int


class Ledger:
    """The values of one kind. Every method raises `StoreAway` when the store does not answer."""

    def __init__(self, store: Store, name: str) -> None:
        self.name = name
        self._store = store
        self._redis = cast("Any", store.redis)

    async def change(self, edits: Sequence[Edit], *, by: str, why: str, at_ms: int) -> int:
        """Make these changes, all or none; give how many values are other than before.

        Raises:
            Refused: `changed_meanwhile`, 409: a version is not the expected one.
        """
        if len(edits) > MOST_AT_ONCE:
            raise ValueError(f"{len(edits)} changes are more than {MOST_AT_ONCE} at once")
        lists = [keys.ledger_history(self.name, edit.key) for edit in edits]
        arguments: list[Any] = [by, why, at_ms]
        for edit in edits:
            arguments += [edit.key, "" if edit.expected is None else edit.expected, edit.value]
        async with self._store.answers("keep the change"):
            done, told = await self._store.run(
                _CHANGE, [keys.ledger(self.name), keys.ledger_log(self.name), *lists], arguments
            )
        if not done:
            raise changed_meanwhile(told.decode())
        return int(told)

    async def get(self, *names: str) -> list[Held]:
        """Give the values of some keys, in their order."""
        if not names:
            return []
        async with self._store.answers("read what was set"):
            found = await self._redis.hmget(keys.ledger(self.name), list(names))
        return [_held(each) for each in found]

    async def all(self) -> dict[str, Held]:
        """Give every value that was not removed."""
        async with self._store.answers("read what was set"):
            found = await self._redis.hgetall(keys.ledger(self.name))
        held = {name.decode(): _held(each) for name, each in found.items()}
        return {name: each for name, each in held.items() if each.value}

    async def pages(self) -> AsyncIterator[list[tuple[str, Held]]]:
        """Give every value, also those that were removed, some at a time.

        What is changed meanwhile may come as it was or as it is, and may come twice.
        """
        listed, seen, cursor = keys.ledger(self.name), set[bytes](), 0
        async with self._store.answers("count what was set"):
            least = await self._redis.hlen(listed)
        while True:
            async with self._store.answers("read what was set"):
                cursor, found = await self._redis.hscan(listed, cursor, count=_SCANNED)
            seen.update(found)
            yield [(name.decode(), _held(each)) for name, each in found.items()]
            if not int(cursor):
                break
        if len(seen) < least:  # another server went on, for which the cursor means something else
            raise StoreAway(
                "store_away",
                "The store did not give everything that was set.",
                "Try again in a moment.",
            )

    async def history(self, key: str, limit: int = 100) -> list[Change]:
        """Give the last changes of one key, the newest first."""
        listed = keys.ledger_history(self.name, key)
        async with self._store.answers("read the history"):
            positions = await self._redis.lrange(listed, -limit, -1)
            log = keys.ledger_log(self.name)
            reads = [("XRANGE", log, position, position) for position in positions]
            pages = await self._store.together(log, reads)
        return [_change(*entry) for page in reversed(pages) for entry in page]

    async def last(self) -> str:
        """Give the position of the last change; `0-0` when there is none."""
        async with self._store.answers("read where the history ends"):
            entries = await self._redis.xrevrange(keys.ledger_log(self.name), count=1)
        return entries[0][0].decode() if entries else "0-0"


async def follow(store: Store, after: dict[str, str]) -> AsyncIterator[tuple[str, Change]]:
    """Give each change of some ledgers by name as it is made, without an end.

    Args:
        after: positions, by the ledgers' names; they go along.

    Raises:
        StoreAway: the store went away; `after` says where to go on.
    """
    async for name, changes in follow_pages(store, dict(after)):
        for change in changes:
            yield name, change
            after[name] = change.position


async def follow_pages(
    store: Store, after: dict[str, str]
) -> AsyncIterator[tuple[str, list[Change]]]:
    """As `follow`; what was changed at once, or while nobody looked, comes together."""
    name_of = {keys.ledger_log(name).encode(): name for name in after}
    block = int(store.timeout * 500)
    while True:
        positions = {keys.ledger_log(name): position for name, position in after.items()}
        async with store.answers("follow what is changed"):
            answer = await store.redis.read_streams(positions, _PAGE, block)
        for log, entries in (answer or {}).items():
            changes = [_change(*entry) for entry in entries]
            if changes:
                yield name_of[log], changes
                after[name_of[log]] = changes[-1].position


def changed_meanwhile(what: str) -> Refused:
    """Refuse a change of what is not any more as somebody saw it."""
    return Refused(
        "changed_meanwhile",
        f"{what} was changed by somebody else meanwhile, so nothing was done.",
        "Look at it again, and then decide.",
        status=409,
        title="This was not changed",
    )


def _held(row: bytes | None) -> Held:
    version, _, value = (row or b"0 ").partition(b" ")
    return Held(value, int(version))


def _change(position: bytes, fields: dict[bytes, bytes]) -> Change:
    return Change(
        position=position.decode(),
        key=fields[b"key"].decode(),
        value=fields[b"value"],
        version=int(fields[b"version"]),
        by=fields[b"by"].decode(),
        why=fields[b"why"].decode(),
        at=int(fields[b"at"]),
    )
