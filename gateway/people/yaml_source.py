"""A site's directory in one YAML file.

    accounts:
      - {id: nordlicht, name: Nordlicht GmbH, region: dach}
      - {id: nordlicht-berlin, name: Nordlicht Berlin, parent: nordlicht}
    users:
      - {id: jonas.weber, name: Jonas Weber, email: jonas@nordlicht.example, account: nordlicht,
         status: active, groups: [sales], protected: false}

`parent`, `region` (the parent's), `status` (active), `groups` (none) and `protected` (false) may be
left out.
"""

from __future__ import annotations

from typing import get_args

from gateway.model import Account, Status, User
from gateway.people.document import Document, Fields
from gateway.people.memory import MemoryDirectory

STATUSES: tuple[Status, ...] = get_args(Status)


def read_directory(text: str, file: str) -> MemoryDirectory:
    """Read a directory; `file` is its name in faults.

    Raises:
        PeopleError: with every fault of the file.
    """
    document = Document(file, text)
    root = document.fields(document.root, (), ("accounts", "users"))
    accounts = _accounts(document, root)
    users = _users(document, root, accounts)
    document.finish()
    return MemoryDirectory(accounts.values(), users.values())


def _accounts(document: Document, root: Fields) -> dict[str, Account]:
    accounts: dict[str, Account] = {}
    entries: list[tuple[Fields, Account]] = []
    for path, value in root.items("accounts"):
        fields = document.fields(value, path, ("id", "name", "parent", "region"))
        account = Account(
            id=fields.text("id"),
            name=fields.text("name"),
            parent=fields.optional_text("parent"),
            region=fields.optional_text("region") or "",
        )
        if account.id and account.id in accounts:
            fields.fault("id", f"account {account.id!r} is there twice")
        accounts[account.id] = account
        entries.append((fields, account))
    for fields, account in entries:
        if account.parent is not None and account.parent not in accounts:
            fields.fault("parent", f"there is no account {account.parent!r}")
        elif _in_circle(account, accounts):
            fields.fault("parent", "leads back to this account")
    return accounts


def _in_circle(account: Account, accounts: dict[str, Account]) -> bool:
    seen = set()
    above = account.parent
    while above is not None and above in accounts and above not in seen:
        if above == account.id:
            return True
        seen.add(above)
        above = accounts[above].parent
    return False


def _users(document: Document, root: Fields, accounts: dict[str, Account]) -> dict[str, User]:
    users: dict[str, User] = {}
    known = ("id", "name", "email", "account", "status", "groups", "protected")
    for path, value in root.items("users"):
        fields = document.fields(value, path, known)
        user = User(
            id=fields.text("id"),
            name=fields.text("name"),
            email=fields.text("email"),
            account=fields.text("account"),
            status=_status(fields),
            groups=fields.texts("groups"),
            protected=fields.flag("protected"),
        )
        if user.id and user.id in users:
            fields.fault("id", f"user {user.id!r} is there twice")
        if user.account and user.account not in accounts:
            fields.fault("account", f"there is no account {user.account!r}")
        users[user.id] = user
    return users


def _status(fields: Fields) -> Status:
    written = fields.optional_text("status")
    if written is None:
        return "active"
    for status in STATUSES:
        if status == written:
            return status
    fields.fault("status", f"must be one of {', '.join(STATUSES)}")
    return "deactivated"
