"""The exports that operators asked for, in the store, so that every worker knows of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, cast

import msgspec

from gateway.errors import StoreAway
from gateway.sessions.export_rules import Kept
from gateway.store import keys
from gateway.store.client import Store
from gateway.store.scripts import Script

_TRIES: Final = 50
_VERSION: Final = b"version"

# KEYS: the exports. ARGV: the version that was seen, an id and what it is to be, ids to forget.
_DECIDE: Final = Script(
    """
if (redis.call('HGET', KEYS[1], 'version') or '0') ~= ARGV[1] then return 0 end
redis.call('HINCRBY', KEYS[1], 'version', 1)
for at = 4, #ARGV do redis.call('HDEL', KEYS[1], ARGV[at]) end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
return 1
"""
)
# KEYS: the exports. ARGV: an id, and what it is to be. Gives 0 when it was cancelled.
_SAY: Final = Script(
    """
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
"""
)
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Kept).decode


class ExportBook:
    """Keeps them. Methods raise `StoreAway`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._redis = cast("Any", store.redis)

    async def all(self) -> list[Kept]:
        """Give all of them."""
        return (await self._read())[1]

    async def get(self, export: str) -> Kept | None:
        """Give one, or None."""
        async with self._store.answers("read how an export is"):
            raw = await self._redis.hget(keys.exports(), export)
        return None if raw is None else _kept(export.encode(), raw)

    async def decide(
        self, decision: Callable[[Sequence[Kept]], tuple[Kept, Sequence[str]] | None]
    ) -> bool:
        """Keep what is decided of all there are, and forget some; nothing where that is None.

        The decision is made again where somebody else has made one meanwhile.
        """
        for _ in range(_TRIES):
            version, there = await self._read()
            decided = decision(there)
            if decided is None:
                return False
            one, gone = decided
            async with self._store.answers("keep an export"):
                arguments = (version, one.id, _encode(one), *gone)
                if await self._store.run(_DECIDE, (keys.exports(),), arguments):
                    return True
        raise StoreAway(
            "store_slow",
            "So many exports are asked for at once that this one was not kept.",
            "Try again in a moment.",
        )

    async def say(self, kept: Kept) -> bool:
        """Keep how one is by now; false when it was cancelled."""
        async with self._store.answers("keep how an export is"):
            return bool(await self._store.run(_SAY, (keys.exports(),), (kept.id, _encode(kept))))

    async def remove(self, export: str) -> None:
        """Forget one."""
        async with self._store.answers("forget an export"):
            await self._redis.hdel(keys.exports(), export)

    async def _read(self) -> tuple[bytes, list[Kept]]:
        async with self._store.answers("list the exports"):
            found: dict[bytes, bytes] = await self._redis.hgetall(keys.exports())
        version = found.pop(_VERSION, b"0")
        kept = (_kept(name, raw) for name, raw in found.items())
        return version, [each for each in kept if each is not None]


def _kept(name: bytes, raw: bytes) -> Kept | None:
    """Read one; None for what this gateway did not write so, whose id may name any file."""
    try:
        kept = _decode(raw)
    except msgspec.DecodeError:
        return None
    return kept if kept.id.encode() == name else None
