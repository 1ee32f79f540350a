"""What accounts prefer, kept in the store with its history.

An account that said nothing has what the nearest above it said, and where none did, what the site's
config says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from gateway.console.values import PreferenceChange
from gateway.model import Frozen, Operator, Preferences
from gateway.store.client import Store
from gateway.store.ledger import Change, Edit, Ledger

LEDGER: Final = "preferences"

_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder(Preferences, strict=True).decode


class Said(Frozen, frozen=True, kw_only=True):
    """What an account said itself. `version` counts its changes; 0: it never said anything."""

    preferences: Preferences | None
    version: int


class PreferenceBook:
    """The preferences of every account of every site. Methods raise `StoreAway`."""

    def __init__(self, store: Store) -> None:
        self._ledger = Ledger(store, LEDGER)

    async def said(self, site: str, accounts: Sequence[str]) -> Mapping[str, Preferences]:
        """Give what these accounts said themselves, by id; those that said nothing are left out."""
        held = await self._ledger.get(*(_key(site, account) for account in accounts))
        return {
            account: _decode(each.value)
            for account, each in zip(accounts, held, strict=True)
            if each.value
        }

    async def all(self, site: str) -> dict[str, Preferences]:
        """Give what every account of a site said itself, by id."""
        start = _key(site, "")
        held = await self._ledger.all()
        return {
            name.removeprefix(start): _decode(each.value)
            for name, each in held.items()
            if name.startswith(start)
        }

    async def position(self) -> str:
        """Give a text that is other as soon as any account has said something else."""
        return await self._ledger.last()

    async def of(self, site: str, account: str) -> Said:
        """Give what one account said itself, to be changed."""
        [held] = await self._ledger.get(_key(site, account))
        return Said(preferences=_read(held.value), version=held.version)

    async def change(
        self,
        site: str,
        account: str,
        preferences: Preferences | None,
        *,
        by: Operator,
        why: str,
        at_ms: int,
        expected: int | None,
    ) -> bool:
        """Let an account say this, or nothing more (None); give whether that is new.

        Raises:
            Refused: `changed_meanwhile`, it is not of the expected version any more.
        """
        value = b"" if preferences is None else _encode(preferences)
        edit = Edit(_key(site, account), value, expected)
        return bool(await self._ledger.change([edit], by=by.id, why=why, at_ms=at_ms))

    async def history(self, site: str, account: str, limit: int = 100) -> list[PreferenceChange]:
        """Give the last changes of one account, the newest first."""
        changes = await self._ledger.history(_key(site, account), limit)
        return [_told(change) for change in changes]


def _told(change: Change) -> PreferenceChange:
    return PreferenceChange(
        preferences=_read(change.value),
        by=change.by,
        why=change.why,
        at=change.at,
        version=change.version,
    )


def _read(value: bytes) -> Preferences | None:
    return _decode(value) if value else None


def _key(site: str, account: str) -> str:
    return f"{site}:{account}"  # a site's name has no colon
