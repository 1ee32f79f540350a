"""Who asked which user to allow acting, and why; nobody is asked too often."""

from __future__ import annotations

from typing import Final

import msgspec

from gateway.errors import Refused
from gateway.model import Frozen, Operator
from gateway.store.client import Store
from gateway.store.ledger import Edit, Ledger

LEDGER: Final = "consent_requests"
PAUSE_MS: Final = 3_600_000
"""An operator asks a user again after this."""
_KEPT_MS: Final = 7 * 86_400_000
_MOST: Final = 20
_TRIES: Final = 3


class Request(Frozen, frozen=True, kw_only=True):
    """An operator asked; `at`: milliseconds since the Unix epoch."""

    operator: str
    name: str
    why: str
    at: int


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[Request, ...]).decode


class ConsentRequests:
    """The last requests to the users of every site. Methods raise `StoreAway`."""

    def __init__(self, store: Store) -> None:
        self._ledger = Ledger(store, LEDGER)

    async def to(self, site: str, user: str, now_ms: int) -> tuple[Request, ...]:
        """Give those of the last week to a user, the newest first."""
        return (await self._held(site, user, now_ms))[0]

    async def check(self, site: str, user: str, operator: Operator, now_ms: int) -> None:
        """See that an operator may ask a user now.

        Raises:
            Refused: 429 `asked_already`.
        """
        _check((await self._held(site, user, now_ms))[0], operator, now_ms)

    async def add(self, site: str, user: str, operator: Operator, why: str, now_ms: int) -> None:
        """Keep a request; of two at once by the same operator one is refused.

        Raises:
            Refused: 429 `asked_already`; 409 `changed_meanwhile`, many ask at this moment.
        """
        made = Request(operator=operator.id, name=operator.name, why=why, at=now_ms)
        for left in reversed(range(_TRIES)):
            before, version = await self._held(site, user, now_ms)
            _check(before, operator, now_ms)
            value = _encode((made, *before)[:_MOST])
            edit = Edit(_key(site, user), value, version)
            try:
                await self._ledger.change([edit], by=operator.id, why=why, at_ms=now_ms)
            except Refused:
                if not left:
                    raise
            else:
                return

    async def _held(self, site: str, user: str, now_ms: int) -> tuple[tuple[Request, ...], int]:
        [held] = await self._ledger.get(_key(site, user))
        requests = _decode(held.value) if held.value else ()
        return tuple(each for each in requests if now_ms - each.at < _KEPT_MS), held.version


def _check(requests: tuple[Request, ...], operator: Operator, now_ms: int) -> None:
    if any(each.operator == operator.id and now_ms - each.at < PAUSE_MS for each in requests):
        raise Refused(
            "asked_already",
            "You have asked this user within the last hour.",
            "Wait for them, or choose another way to reach them.",
            status=429,
            title="The user was not asked again",
        )


def _key(site: str, user: str) -> str:
    return f"{site}:{user}"  # a site's name has no colon
