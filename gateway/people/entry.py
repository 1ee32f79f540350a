"""One entry of a list of people, its values taken as they are written, each checked.

The sources of a directory share these checks, so that the same fault has the same words in each.
"""

from __future__ import annotations

import unicodedata
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Container, Mapping
from typing import Final, get_args

from gateway.model import Account, Operator, Status, User
from gateway.yaml_file import Value

LONGEST: Final = 256
"""Characters of a value."""
STATUSES: Final[tuple[Status, ...]] = get_args(Status)
ACCOUNT: Final = ("id", "name", "parent", "region")
USER: Final = ("id", "name", "email", "account", "status", "groups", "protected", "house_contact")


class Entry(ABC):
    """The values of an entry by name."""

    def __init__(self, found: Mapping[str, Value]) -> None:
        self._found = found

    @abstractmethod
    def fault(self, name: str, message: str) -> None:
        """Note a fault at a value, or at the entry when the value is not there."""

    def has(self, name: str) -> bool:
        """Whether anything stands there."""
        return self._found.get(name) is not None

    def text(self, name: str) -> str:
        """Read a required text of visible characters; "" and a fault when it is not there."""
        value = self.optional_text(name)
        if value is None:
            self.fault(name, "is missing")
        return value or ""

    def optional_text(self, name: str) -> str | None:
        """Read a text, or None when it is not there or null."""
        value = self._found.get(name)
        return None if value is None else self._checked(name, value)

    def texts(self, name: str) -> tuple[str, ...]:
        """Read an optional list of texts."""
        values = self._found.get(name)
        if values is None:
            return ()
        if not isinstance(values, list):
            self.fault(name, "must be a list")
            return ()
        return tuple(self._checked(name, value) for value in values)

    def flag(self, name: str) -> bool:
        """Read an optional `true` or `false`; false when it is not there."""
        value = self._found.get(name, "false")
        if value not in ("true", "false"):
            self.fault(name, "must be true or false")
        return bool(value == "true")

    def _checked(self, name: str, value: Value) -> str:
        if not isinstance(value, str):
            self.fault(name, "must be text")
            return ""
        if not value or value != value.strip() or len(value) > LONGEST:
            self.fault(name, f"must have 1 to {LONGEST} characters and no space at its ends")
        elif any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in value):
            self.fault(name, "must not contain control characters")
        return value


def account_of(entry: Entry, known: Container[str]) -> Account:
    """Read an account; `known` has the ids that were there before."""
    account = Account(
        id=entry.text("id"),
        name=entry.text("name"),
        parent=entry.optional_text("parent"),
        region=entry.optional_text("region") or "",
    )
    if account.id and account.id in known:
        entry.fault("id", f"account {account.id!r} is there twice")
    return account


def user_of(entry: Entry, known: Container[str]) -> User:
    """Read a user; `known` has the ids that were there before."""
    user = User(
        id=entry.text("id"),
        name=entry.text("name"),
        email=entry.text("email"),
        account=entry.text("account"),
        status=_status(entry),
        groups=entry.texts("groups"),
        protected=entry.flag("protected"),
        house_contact=entry.flag("house_contact"),
    )
    if user.id and user.id in known:
        entry.fault("id", f"user {user.id!r} is there twice")
    return user


def operator_of(entry: Entry) -> Operator:
    """Read an operator; whether the profile is there is for the caller to see."""
    return Operator(
        id=entry.text("id"),
        name=entry.text("name"),
        email=entry.text("email"),
        profile=entry.text("profile"),
        accounts=entry.texts("accounts"),
        account=entry.optional_text("account") or "",
        partner=entry.optional_text("partner") or "",
        regions=entry.texts("regions"),
    )


def check_account(entry: Entry, user: User, accounts: Container[str]) -> None:
    """Note a fault when a user's account is none of these, by id."""
    if user.account and user.account not in accounts:
        entry.fault("account", f"there is no account {user.account!r}")


def check_house_contact(entry: Entry, user: User, named: dict[str, str]) -> None:
    """Note a fault when an account's house contact is there already; `named` has them so far."""
    if user.house_contact:
        other = named.setdefault(user.account, user.id)
        if other != user.id:
            entry.fault("house_contact", f"that of account {user.account!r} is {other!r} already")


def unsound(accounts: Mapping[str, Account]) -> dict[str, str]:
    """Say of which accounts the way up is broken, by id: also below one that has a bad parent."""
    faults = faults_of_parents(accounts)
    if not faults:
        return faults
    below: dict[str, list[str]] = defaultdict(list)
    for account in accounts.values():
        below[account.parent or ""].append(account.id)
    coming = list(faults)
    while coming:
        gone = coming.pop()
        for each in below[gone]:
            if each not in faults:
                faults[each] = f"there is no account {gone!r}"
                coming.append(each)
    return faults


def faults_of_parents(accounts: Mapping[str, Account]) -> dict[str, str]:
    """Say what is wrong with parents, by the id of the account that names it."""
    faults: dict[str, str] = {}
    done: set[str] = set()
    for start in accounts:
        way: list[str] = []
        at: str | None = start
        while at is not None and at in accounts and at not in done:
            done.add(at)
            way.append(at)
            at = accounts[at].parent
        if at in way:
            circle = way[way.index(at) :]
            faults.update(dict.fromkeys(circle, "leads back to this account"))
        elif at is not None and at not in accounts:
            faults[way[-1]] = f"there is no account {at!r}"
    return faults


def _status(entry: Entry) -> Status:
    written = entry.optional_text("status")
    if written is None:
        return "active"
    for status in STATUSES:
        if status == written:
            return status
    entry.fault("status", f"must be one of {', '.join(STATUSES)}")
    return "deactivated"
