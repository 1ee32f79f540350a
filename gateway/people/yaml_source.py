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

from gateway.model import Account, User
from gateway.people.document import Document, Fields
from gateway.people.entry import (
    ACCOUNT,
    USER,
    account_of,
    check_account,
    faults_of_parents,
    user_of,
)
from gateway.people.memory import MemoryDirectory


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
    entries: dict[str, Fields] = {}
    for path, value in root.items("accounts"):
        fields = document.fields(value, path, ACCOUNT)
        account = account_of(fields, accounts)
        accounts.setdefault(account.id, account)
        entries.setdefault(account.id, fields)
    for account_id, message in faults_of_parents(accounts).items():
        entries[account_id].fault("parent", message)
    return accounts


def _users(document: Document, root: Fields, accounts: dict[str, Account]) -> dict[str, User]:
    users: dict[str, User] = {}
    for path, value in root.items("users"):
        fields = document.fields(value, path, USER)
        user = user_of(fields, users)
        check_account(fields, user, accounts)
        users[user.id] = user
    return users
