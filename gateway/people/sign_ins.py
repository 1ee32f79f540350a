"""Signed-in states of operators, in the store under a hash of their cookie's token.

Who was disabled, or got another password, signs in anew: their sign-ins before are worth nothing,
also when they are enabled again.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from typing import Final

import msgspec

from gateway.audit.record import Kind
from gateway.console.values import Client, SignIn, Way
from gateway.model import Frozen, Operator
from gateway.people.operators import Operators
from gateway.sessions.events import Events
from gateway.store import keys
from gateway.store.client import Store

LIFETIME_S: Final = 8 * 3600


class _Kept(Frozen, frozen=True, kw_only=True):
    operator: str
    way: Way
    signed_in_at: int = 0
    epoch: int = 0


_decode = msgspec.json.Decoder(_Kept).decode


class StoredSignIns:
    """Implements `console.sign_in_services.SignIns`; a state lasts eight hours."""

    def __init__(
        self, store: Store, operators: Operators, events: Events, now: Callable[[], int]
    ) -> None:
        self._store = store
        self._operators = operators
        self._events = events
        self._now = now

    async def create(self, operator: Operator, way: Way, client: Client) -> str:
        """Put the sign-in on record, keep it, and give its token."""
        epoch = self._operators.epoch(operator.id)
        await self._events.of_operator(Kind.OPERATOR_SIGNED_IN, operator, client, reason=way)
        token = secrets.token_urlsafe(32)
        at = self._now() if way == "password" else 0
        kept = _Kept(operator=operator.id, way=way, signed_in_at=at, epoch=epoch)
        data = msgspec.json.encode(kept)
        async with self._store.answers("keep the sign-in"):
            await self._store.redis.set(keys.sign_in(digest_of(token)), data, ex=LIFETIME_S)
        return token

    async def find(self, token: str) -> SignIn | None:
        """Look up a live sign-in, with the operator as they are now."""
        return await self.kept_under(digest_of(token))

    async def kept_under(self, digest: str) -> SignIn | None:
        """As `find`, by the hash of the token."""
        async with self._store.answers("look up the sign-in"):
            data = await self._store.redis.get(keys.sign_in(digest))
        if not isinstance(data, bytes):
            return None
        kept = _decode(data)
        operator = self._operators.get(kept.operator)
        if operator is None or kept.epoch != self._operators.epoch(kept.operator):
            return None
        return SignIn(operator=operator, way=kept.way, signed_in_at=kept.signed_in_at)

    async def end(self, token: str, client: Client) -> None:
        """End a sign-in."""
        known = await self.find(token)
        async with self._store.answers("end the sign-in"):
            await self._store.redis.delete(keys.sign_in(digest_of(token)))
        if known is not None:
            await self._events.of_operator(Kind.OPERATOR_SIGNED_OUT, known.operator, client)


def digest_of(token: str) -> str:
    """Give the hash under which something is kept that a token opens."""
    return hashlib.sha256(token.encode()).hexdigest()
