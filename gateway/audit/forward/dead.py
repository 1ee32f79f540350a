"""Records that a destination refused for good: kept in a stream until they are sent again.

`gateway:audit:dead:{consumer}` has an entry for each: `record`, its line; `shard` and `position`,
where it stands in the audit stream; `reason`; and `at`, when it was given up.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, NamedTuple, cast

from gateway.store.client import Store
from gateway.store.keys import audit_dead

_PAGE = 100


class DeadLetter(NamedTuple):
    """One of them; `key` is its own position."""

    key: str
    shard: int
    position: str
    reason: str
    at: str
    line: bytes


class DeadLetters:
    """Those of one consumer. Every method raises `StoreAway` when the store does not answer."""

    def __init__(self, store: Store, consumer: str) -> None:
        self._store = store
        self._redis = cast("Any", store.redis)
        self._stream = audit_dead(consumer)

    async def put(self, shard: int, position: str, line: bytes, *, reason: str, at: str) -> None:
        """Keep one, durably, before it is acknowledged: a crash between leaves it twice."""
        where = {"shard": shard, "position": position}
        async with self._store.answers("keep a record that was refused"):
            await self._redis.xadd(
                self._stream, {"record": line, **where, "reason": reason, "at": at}
            )

    async def all(self) -> AsyncIterator[DeadLetter]:
        """All that are there now, the oldest first."""
        async with self._store.answers("read what was refused"):
            newest = await self._redis.xrevrange(self._stream, count=1)
        if not newest:
            return
        last, after = newest[0][0].decode(), "-"
        while True:
            async with self._store.answers("read what was refused"):
                page = await self._redis.xrange(self._stream, after, last, count=_PAGE)
            for key, said in page:
                yield _letter(key.decode(), said)
                after = f"({key.decode()}"
            if len(page) < _PAGE:
                return

    async def remove(self, letter: DeadLetter) -> None:
        """Forget one: it was delivered."""
        async with self._store.answers("forget what was refused"):
            await self._redis.xdel(self._stream, letter.key)


def _letter(key: str, said: dict[bytes, bytes]) -> DeadLetter:
    def text(name: bytes) -> str:
        return said.get(name, b"").decode(errors="replace")

    return DeadLetter(
        key=key,
        shard=int(text(b"shard") or 0),
        position=text(b"position"),
        reason=text(b"reason"),
        at=text(b"at"),
        line=said.get(b"record", b""),
    )
