"""The people who are kept in the store with their history, and who of the file is disabled.

One more value stands beside them, which every change counts up: who changes somebody knows what
everybody else is like, or changes nothing. Passwords are kept apart, so that no history has them.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
import structlog

from gateway.errors import Refused
from gateway.model import Frozen, Operator
from gateway.store import keys
from gateway.store.client import Store
from gateway.store.ledger import MOST_AT_ONCE, Change, Edit, Held, Ledger

LEDGER: Final = "people"
MOST: Final = MOST_AT_ONCE - 1
"""People who are changed in one step."""
_ALL: Final = " "
"""The key of what every change counts up; no id is like it."""
_log = structlog.get_logger("people")


class Kept(Frozen, frozen=True, kw_only=True):
    """What the store has of somebody.

    `operator`: None of one of the file. `epoch`: a sign-in of another one holds no more.
    `password`: under which name the hash of theirs is kept; empty when there is none.
    """

    operator: Operator | None = None
    disabled: bool = False
    epoch: int = 0
    password: str = ""


class Version(NamedTuple):
    """What the store has of somebody, and how often that was changed."""

    kept: Kept
    version: int


class Seen(NamedTuple):
    """Everybody whom the store knows of, by id, at one moment; `at` is for `PeopleBook.change`."""

    people: Mapping[str, Version]
    at: int


class Past(NamedTuple):
    """A change that was made; `at`: milliseconds since the Unix epoch."""

    kept: Kept
    by: str
    why: str
    at: int
    version: int


_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder(Kept, strict=True).decode


class PeopleBook:
    """Reads and writes them; knows nothing of who may. Methods raise `StoreAway`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ledger = Ledger(store, LEDGER)

    async def seen(self) -> Seen:
        """Give everybody as they are now."""
        held = await self._ledger.all()
        at = held.pop(_ALL, Held(b"", 0)).version
        people = {
            name: Version(_read(name, each.value), each.version) for name, each in held.items()
        }
        return Seen(people, at)

    async def change(
        self, changes: Mapping[str, Kept], seen: Seen, *, by: str, why: str, at_ms: int
    ) -> None:
        """Let these people be so, all or none.

        Raises:
            Refused: `changed_meanwhile`, somebody is other than was seen.
        """
        edits = [Edit(_ALL, b"%d" % (seen.at + 1), expected=seen.at)]
        for name, kept in changes.items():
            edits.append(Edit(name, _encode(kept), expected=version_of(seen, name)))
        await self._ledger.change(edits, by=by, why=why, at_ms=at_ms)

    async def history(self, name: str, limit: int = 100) -> Sequence[Past]:
        """Give the last changes of somebody, the newest first."""
        changes = await self._ledger.history(name, limit)
        return [
            Past(_read(name, each.value), each.by, each.why, each.at, each.version)
            for each in changes
        ]

    async def last(self) -> str:
        """Give the position of the last change, for `ledger.follow`."""
        return await self._ledger.last()

    async def keep_password(self, hashed: str) -> str:
        """Keep the hash of a password; give the name under which it is found."""
        name = secrets.token_hex(16)
        async with self._store.answers("keep the password"):
            await self._store.redis.set(keys.password(name), hashed)
        return name

    async def password(self, name: str) -> str | None:
        """Give the hash that is kept under a name."""
        async with self._store.answers("read the password"):
            found = await self._store.redis.get(keys.password(name))
        return found.decode() if isinstance(found, bytes) else None

    async def forget_password(self, name: str) -> None:
        """Forget it."""
        if name:
            async with self._store.answers("forget the password"):
                await self._store.redis.delete(keys.password(name))


def version_of(seen: Seen, name: str) -> int:
    """How often somebody was changed; 0: the store never heard of them."""
    return seen.people[name].version if name in seen.people else 0


def heard(change: Change) -> tuple[str, Version] | None:
    """Read a change that was followed: whom it is about, and how they are; None for nobody."""
    if change.key == _ALL:
        return None
    return change.key, Version(_read(change.key, change.value), change.version)


def is_changed_meanwhile(refused: Refused) -> bool:
    """Whether a change was refused because something was other than was seen."""
    return refused.code == "changed_meanwhile"


def _read(name: str, value: bytes) -> Kept:
    """Read what is kept; somebody who cannot be read is disabled (law 2)."""
    if not value:
        return Kept()
    try:
        return _decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        _log.error("people.unreadable", operator=name, error=str(fault))
        return Kept(disabled=True)
