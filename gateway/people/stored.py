"""Accounts and users that are kept in the store, each with its history; one ledger a site."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec
import structlog

from gateway.model import Account, User
from gateway.people.house_contacts import HouseTemplate
from gateway.people.population import Population
from gateway.store.ledger import Change, Edit, Held, Ledger

_ACCOUNT: Final = "account:"
_USER: Final = "user:"

_encode = msgspec.json.Encoder(order="deterministic").encode
_account = msgspec.json.Decoder(Account, strict=True).decode
_user = msgspec.json.Decoder(User, strict=True).decode
_log = structlog.get_logger("directory")


def ledger_of(site: str) -> str:
    """Name the ledger of a site's accounts and users."""
    return f"directory:{site}"


def key_of_user(user_id: str) -> str:
    """Name a user in the ledger."""
    return _USER + user_id


def edit_of(now: Account | User, *, gone: bool = False, expected: int | None = None) -> Edit:
    """Give what keeps an account or a user as they are, or takes them out."""
    key = (_ACCOUNT if isinstance(now, Account) else _USER) + now.id
    return Edit(key, b"" if gone else _encode(now), expected)


def user_in(change: Change) -> User | None:
    """Give a user as a change left them; None: they were removed."""
    return _user(change.value) if change.value else None


class Gathered:
    """What the store says of a site, as it is read: the newest of each account and user counts.

    `accounts` and `users` are those that changed since they were last taken; None: gone.
    """

    def __init__(self) -> None:
        self.versions: dict[str, int] = {}
        self.accounts: dict[str, Account | None] = {}
        self.users: dict[str, User | None] = {}

    def take(self, key: str, held: Held) -> None:
        """Note a value; one that is older than what is known already is passed over."""
        if held.version <= self.versions.get(key, 0):
            return
        self.versions[key] = held.version
        kind, _, name = key.partition(":")
        try:
            if kind == "account":
                self.accounts[name] = _account(held.value) if held.value else None
            elif kind == "user":
                self.users[name] = _user(held.value) if held.value else None
        except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
            # Who cannot be read is not there: nobody acts for them (law 2).
            _log.error("directory.not_readable", key=key, detail=str(fault))
            (self.accounts if kind == "account" else self.users)[name] = None

    def take_changes(self, changes: Iterable[Change]) -> None:
        """Note what was changed."""
        for change in changes:
            self.take(change.key, Held(change.value, change.version))

    def taken(self) -> tuple[dict[str, Account | None], dict[str, User | None]]:
        """Give what changed, and begin anew."""
        found = self.accounts, self.users
        self.accounts, self.users = {}, {}
        return found


async def read_all(ledger: Ledger, template: HouseTemplate | None) -> tuple[Population, Gathered]:
    """Give everybody whom the store has of a site, and their versions.

    Raises:
        StoreAway: the store does not answer.
    """
    gathered = Gathered()
    async for page in ledger.pages():
        for key, held in page:
            gathered.take(key, held)
    accounts, users = gathered.taken()
    there = [each for each in accounts.values() if each is not None]
    people = [each for each in users.values() if each is not None]
    return Population(there, people, template), gathered
