"""The accounts and users of a site at one moment. It never changes: what is new is another one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import TypeVar

from gateway.model import Account, User
from gateway.people.document import PeopleError
from gateway.people.entry import unsound
from gateway.people.house_contacts import HouseTemplate, house_contacts
from gateway.yaml_file import Fault

T = TypeVar("T", Account, User)


class Population:
    """Accounts and users by id; an account above which one is missing is as good as unknown.

    Args:
        template: what the house contacts are like that are made; None: none are.
    """

    def __init__(
        self,
        accounts: Iterable[Account] = (),
        users: Iterable[User] = (),
        template: HouseTemplate | None = None,
    ) -> None:
        self._template = template
        self._said = {account.id: account for account in accounts}
        self._users = {user.id: user for user in users}
        self._settle_accounts()
        self._settle_contacts()

    def _settle_accounts(self) -> None:
        self._broken = unsound(self._said)
        sound = (each for each in self._said.values() if each.id not in self._broken)
        self._accounts = {each.id: each for each in sound} if self._broken else self._said
        self._listed = tuple(self._accounts.values())

    def _settle_contacts(self) -> None:
        self._house = house_contacts(self._accounts, self._users, self._template)

    @property
    def faults(self) -> tuple[str, ...]:
        """What of the source cannot be as it says, a sentence each."""
        broken = (f"account {name!r}: {why}" for name, why in self._broken.items())
        return (*broken, *self._house.faults)

    def but(
        self, accounts: Mapping[str, Account | None], users: Mapping[str, User | None]
    ) -> Population:
        """Give what comes of it when these are so from now on; None: there is no such any more."""
        after = Population.__new__(Population)
        after._template = self._template
        after._said = _laid_over(self._said, accounts)
        after._users = _laid_over(self._users, users)
        if accounts:
            after._settle_accounts()
        else:
            after._broken, after._accounts = self._broken, self._accounts
            after._listed = self._listed
        if accounts or self._house.faults or self._concern_contacts(users):
            after._settle_contacts()
        else:
            after._house = self._house
        return after

    def _concern_contacts(self, users: Mapping[str, User | None]) -> bool:
        mails = {user.email.casefold() for user in users.values() if user is not None}
        return (
            any(user is not None and user.house_contact for user in users.values())
            or any(self._users[each].house_contact for each in users if each in self._users)
            or not users.keys().isdisjoint(self._house.made)
            or (bool(mails) and not mails.isdisjoint(self._mails_of_contacts))
        )

    @cached_property
    def _mails_of_contacts(self) -> frozenset[str]:
        return frozenset(user.email.casefold() for user in self._house.made.values())

    def __len__(self) -> int:
        return len(self._users) + len(self._house.made)

    def __iter__(self) -> Iterator[User]:
        return chain(self._users.values(), self._house.made.values())

    @property
    def made(self) -> Mapping[str, User]:
        """The house contacts that were made, by id."""
        return self._house.made

    @property
    def said_accounts(self) -> Iterable[Account]:
        """The accounts that the source names, also those above which one is missing."""
        return self._said.values()

    @property
    def said(self) -> Iterable[User]:
        """The users that the source names."""
        return self._users.values()

    def user(self, user_id: str) -> User | None:
        """Give a user, or None when there is none of this id."""
        return self._users.get(user_id) or self._house.made.get(user_id)

    def account(self, account_id: str) -> Account | None:
        """Give an account, or None when there is none of this id."""
        return self._accounts.get(account_id)

    def house_contact(self, account_id: str) -> User | None:
        """Give the house contact of this very account, or None when it has none."""
        return self._house.by_account.get(account_id)

    def accounts(self) -> Sequence[Account]:
        """List every account, in the source's order; the same object until one of them is other."""
        return self._listed

    def children(self, account_id: str) -> Sequence[Account]:
        """List the accounts right below this one, in the source's order."""
        return tuple(self._by_parent.get(account_id, ()))

    def lineage(self, account_id: str) -> tuple[Account, ...]:
        """Give an account and those above it, nearest first; empty for an unknown id."""
        found: list[Account] = []
        account = self._accounts.get(account_id)
        while account is not None:
            found.append(account)
            account = self._accounts[account.parent] if account.parent is not None else None
        return tuple(found)

    def users_of(self, account_id: str) -> Sequence[User]:
        """List the users of this very account, in the source's order."""
        return tuple(self._by_account.get(account_id, ()))

    def count_of(self, account_id: str) -> int:
        """Count the users of this very account."""
        return self._counts.get(account_id, 0)

    @cached_property
    def _counts(self) -> Mapping[str, int]:
        return Counter(user.account for user in self)

    @cached_property
    def _by_parent(self) -> dict[str, list[Account]]:
        found: dict[str, list[Account]] = {}
        for account in self._listed:
            if account.parent is not None:
                found.setdefault(account.parent, []).append(account)
        return found

    @cached_property
    def _by_account(self) -> dict[str, list[User]]:
        found: dict[str, list[User]] = {}
        for user in self:
            found.setdefault(user.account, []).append(user)
        return found


def _laid_over(before: dict[str, T], changes: Mapping[str, T | None]) -> dict[str, T]:
    if not changes:
        return before
    after = before.copy()
    for name, value in changes.items():
        if value is None:
            after.pop(name, None)
        else:
            after[name] = value
    return after


def without_faults(people: Population, file: str) -> Population:
    """Give the people of a file.

    Raises:
        PeopleError: something is wrong with how they go together.
    """
    if people.faults:
        raise PeopleError(tuple(Fault(file, 0, "", each) for each in people.faults))
    return people
