"""House contacts: for each account a user of its own, for acting on behalf of the account as such.

A source may name one for an account; where it does not, one is made from a template.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from gateway.model import Account, User

_PLACEHOLDER: Final = re.compile(r"\{([a-z_.]+)\}")
_KNOWN: Final = ("account.id", "account.name")


class AccountPattern:
    """A text with placeholders for an account: `house-{account.id}`.

    Raises:
        ValueError: it names what there is not, or its braces do not match.
    """

    def __init__(self, text: str) -> None:
        pieces = _PLACEHOLDER.split(text)
        for name in pieces[1::2]:
            if name not in _KNOWN:
                known = " and ".join(f"{{{each}}}" for each in _KNOWN)
                raise ValueError(f"there is no {{{name}}}; there are {known}")
        if any("{" in literal or "}" in literal for literal in pieces[::2]):
            raise ValueError("a brace does not belong to a placeholder such as {account.id}")
        self._literals, self.names = tuple(pieces[::2]), tuple(pieces[1::2])

    def of(self, account: Account) -> str:
        """Fill it in."""
        values = {"account.id": account.id, "account.name": account.name}
        text = self._literals[0]
        for name, literal in zip(self.names, self._literals[1:], strict=True):
            text += values[name] + literal
        return text


def own_pattern(text: str) -> AccountPattern:
    """Give a pattern that is filled in otherwise for each account.

    Raises:
        ValueError: as `AccountPattern`; or two accounts would have the same text.
    """
    pattern = AccountPattern(text)
    if "account.id" not in pattern.names:
        raise ValueError("it must hold {account.id}, so that it is another one for each account")
    return pattern


class HouseTemplate:
    """What house contacts are like that the gateway makes.

    Raises:
        ValueError: as `own_pattern`.
    """

    def __init__(self, *, id: str, name: str, email: str, groups: tuple[str, ...]) -> None:  # noqa: A002 - the config's name
        self._id, self._email = own_pattern(id), own_pattern(email)
        self._name = AccountPattern(name)
        self._groups = groups

    def contact_of(self, account: Account) -> User:
        """Make an account's."""
        return User(
            id=self._id.of(account),
            name=self._name.of(account),
            email=self._email.of(account),
            account=account.id,
            groups=self._groups,
            house_contact=True,
        )


class HouseContacts(NamedTuple):
    """Those of all accounts, and those among them that were made, by id.

    `faults`: why an account has none, or not the one that somebody may think, a sentence each.
    """

    by_account: Mapping[str, User]
    made: Mapping[str, User]
    faults: tuple[str, ...]


def house_contacts(
    accounts: Mapping[str, Account], users: Mapping[str, User], template: HouseTemplate | None
) -> HouseContacts:
    """Find the house contacts that the source names, and make the others.

    An account for which the source names several has none, nor has one whose own would be taken for
    somebody else: by id, or by e-mail address in whatever case.
    """
    named: dict[str, User] = {}
    faults: dict[str, str] = {}
    for user in users.values():
        if user.house_contact:
            other = named.setdefault(user.account, user)
            if other is not user:
                faults[user.account] = _both(user.account, other.id, user.id)
    made: dict[str, User] = {}
    if template is not None:
        owners = {user.email.casefold(): user.id for user in users.values()}
        for account in accounts.values():
            if account.id not in named:
                contact = template.contact_of(account)
                taken = _taken(contact, users, made, owners)
                if taken:
                    faults[account.id] = taken
                else:
                    made[contact.id] = contact
                    owners[contact.email.casefold()] = contact.id
    by_account = named | {user.account: user for user in made.values()}
    for account_id in faults:
        by_account.pop(account_id, None)
    return HouseContacts(by_account, made, tuple(faults.values()))


def _both(account: str, one: str, another: str) -> str:
    return f"account {account!r} has two house contacts: {one!r} and {another!r}"


def _taken(
    contact: User, users: Mapping[str, User], made: Mapping[str, User], owners: Mapping[str, str]
) -> str:
    """Say why nobody may be like this; empty when they may."""
    whose = f"the house contact {contact.id!r} of account {contact.account!r}"
    if contact.id in users:
        return f"user {contact.id!r} has the id of {whose}"
    if contact.id in made:
        return f"{whose} has the id of that of account {made[contact.id].account!r}"
    owner = owners.get(contact.email.casefold())
    return f"user {owner!r} has the e-mail address of {whose}" if owner is not None else ""
