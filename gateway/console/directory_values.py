"""What pages and the API show of a site's accounts and users.

Ids are those of the site's directory. Times are milliseconds since the Unix epoch.
"""

from __future__ import annotations

from gateway.console.values import Person
from gateway.model import Frozen, Status


class Owner(Frozen, frozen=True, kw_only=True):
    """An operator who owns an account."""

    id: str
    name: str


class AccountCard(Frozen, frozen=True, kw_only=True):
    """An account as a list shows it.

    `parent`: the id of the account right above, or None. `users`: how many are in this very
    account. `owners`: who owns it itself; told to one's own people only. `region`: its own, else
    that of the nearest account above that has one. `house_contact`: the id of the user to act for
    when it is for the account as such, with `house_contact_status`; both None where there is none.
    """

    id: str
    name: str
    parent: str | None
    users: int
    owners: tuple[Owner, ...]
    region: str
    house_contact: str | None
    house_contact_status: Status | None


class AccountPage(Frozen, frozen=True, kw_only=True):
    """A page of accounts, and what leads to the next one; `after` is empty at the end."""

    accounts: tuple[AccountCard, ...] = ()
    after: str = ""


class AccountSheet(Frozen, frozen=True, kw_only=True):
    """One account. `ancestors`: nearest first; `children`: right below it, by name.

    Of each only what the operator may see; `more_children`: there are others than those listed.
    """

    account: AccountCard
    ancestors: tuple[AccountCard, ...]
    children: tuple[AccountCard, ...]
    more_children: bool = False


class UserPage(Frozen, frozen=True, kw_only=True):
    """A page of users, and what leads to the next one; `after` is empty at the end."""

    people: tuple[Person, ...] = ()
    after: str = ""


class Place(Frozen, frozen=True, kw_only=True):
    """A site on which a user exists, with the site's label.

    `sure`: it is the same id, and nothing says that it is somebody else. Else only the e-mail
    address is the same, or the id is and the address is not: it is perhaps the same person.
    """

    site: str
    label: str
    person: Person
    sure: bool


class Shortcut(Frozen, frozen=True, kw_only=True):
    """A user whom an operator acted for lately, or pinned, as they are now.

    `at`: when the last session for them started, or when they were pinned.
    """

    site: str
    label: str
    person: Person
    at: int
