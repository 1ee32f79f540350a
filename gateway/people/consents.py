"""What users allow: until when others may act on their behalf, kept in the store with its history.

Beside the consents stands a sorted set of their ends, so that what ran out is found without a look
at all of them. An end stays in it when its consent is changed; who looks then finds nothing to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, cast

import msgspec

from gateway.model import Frozen
from gateway.store import keys
from gateway.store.client import Store
from gateway.store.ledger import Edit, Ledger

LEDGER: Final = "consents"
MOST_HOURS: Final = 168
HOUR_MS: Final = 3_600_000
LOOKS_MS: Final = (0, 1_000, 5_000)
"""How long after an end to look: a session that was decided just before it comes a little later."""
_KEPT_MS: Final = HOUR_MS
_AT_ONCE: Final = 1000
"""Users who are read in one step."""

_encode_key = msgspec.json.Encoder().encode
_decode_key = msgspec.json.Decoder(tuple[str, str, int]).decode


class Consent(Frozen, frozen=True, kw_only=True):
    """What a user allows. `until`: milliseconds since the Unix epoch, from which on it is over."""

    until: int


class ConsentChange(Frozen, frozen=True, kw_only=True):
    """A change that a user made: `until` is 0 where they took it back; `at` in milliseconds."""

    until: int
    at: int


_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder(Consent, strict=True).decode


class ConsentBook:
    """The consents of the users of every site. Methods raise `StoreAway`."""

    def __init__(self, store: Store) -> None:
        self._ledger = Ledger(store, LEDGER)
        self._store = store
        self._redis = cast("Any", store.redis)

    async def until(self, site: str, user: str, now_ms: int) -> int:
        """Give until when a user allows it, in milliseconds; 0 when they do not now."""
        [held] = await self._ledger.get(_key(site, user))
        until = _until(held.value)
        return until if now_ms < until else 0

    async def allowing(self, site: str, users: Sequence[str], now_ms: int) -> frozenset[str]:
        """Give those of some users who allow it now."""
        found: set[str] = set()
        for first in range(0, len(users), _AT_ONCE):
            some = users[first : first + _AT_ONCE]
            held = await self._ledger.get(*(_key(site, user) for user in some))
            found |= {
                user for user, each in zip(some, held, strict=True) if now_ms < _until(each.value)
            }
        return frozenset(found)

    async def allow(self, site: str, user: str, until_ms: int, *, at_ms: int) -> None:
        """Let a user allow it until then, whatever they allowed before."""
        await self._note_end(site, user, until_ms)  # first: no consent is without its end
        await self._change(site, user, _encode(Consent(until=until_ms)), at_ms)

    async def withdraw(self, site: str, user: str, *, at_ms: int) -> None:
        """Let a user allow nothing any more."""
        await self._note_end(site, user, at_ms)
        await self._change(site, user, b"", at_ms)

    async def history(self, site: str, user: str, limit: int = 20) -> list[ConsentChange]:
        """Give the last changes of a user's consent, the newest first."""
        changes = await self._ledger.history(_key(site, user), limit)
        return [ConsentChange(until=_until(each.value), at=each.at) for each in changes]

    async def lapsed(self, after_ms: int, up_to_ms: int) -> set[tuple[str, str]]:
        """Give whose consents ended after the one time and up to the other: sites and users."""
        async with self._store.answers("see which consents ran out"):
            found: Iterable[bytes] = await self._redis.zrangebyscore(
                keys.consent_ends(), f"({after_ms}", up_to_ms
            )
        return {_decode_key(each)[:2] for each in found}

    async def forget_ends(self, now_ms: int) -> None:
        """Forget the ends that every worker has looked at by now."""
        async with self._store.answers("forget ends of consents"):
            await self._redis.zremrangebyscore(keys.consent_ends(), "-inf", now_ms - _KEPT_MS)

    async def _note_end(self, site: str, user: str, end_ms: int) -> None:
        looks = [end_ms + after for after in LOOKS_MS]
        async with self._store.answers("note when a consent ends"):
            await self._redis.zadd(
                keys.consent_ends(), {_encode_key((site, user, at)): at for at in looks}
            )

    async def _change(self, site: str, user: str, value: bytes, at_ms: int) -> None:
        await self._ledger.change([Edit(_key(site, user), value)], by=user, why="", at_ms=at_ms)


def _until(value: bytes) -> int:
    return _decode(value).until if value else 0


def _key(site: str, user: str) -> str:
    return f"{site}:{user}"  # a site's name has no colon
