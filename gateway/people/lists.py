"""Lists of accounts, users and operators in a YAML document."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.model import Account, Operator, User
from gateway.people.document import Document, Fields
from gateway.people.entry import (
    ACCOUNT,
    USER,
    account_of,
    check_account,
    check_house_contact,
    faults_of_parents,
    operator_of,
    user_of,
)
from gateway.yaml_file import Path, Value

OPERATOR = ("id", "name", "email", "profile", "accounts", "account", "partner", "regions")


def accounts_in(document: Document, root: Fields) -> dict[str, Account]:
    """Read the list `accounts`: by id, with their parents checked."""
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


def users_in(document: Document, root: Fields, accounts: dict[str, Account]) -> dict[str, User]:
    """Read the list `users`: by id, each in one of these accounts."""
    users: dict[str, User] = {}
    contacts: dict[str, str] = {}
    for path, value in root.items("users"):
        fields = document.fields(value, path, USER)
        user = user_of(fields, users)
        check_account(fields, user, accounts)
        check_house_contact(fields, user, contacts)
        users[user.id] = user
    return users


class OperatorList:
    """Operators as they are read, one after the other; `profiles` are all that there are."""

    def __init__(self, document: Document, profiles: Sequence[str]) -> None:
        self.operators: dict[str, Operator] = {}
        self._document = document
        self._profiles = profiles
        self._mails: set[str] = set()

    def read(self, value: Value, path: Path, *more: str) -> tuple[Operator, Fields]:
        """Read one; give its fields too, of which `more` are for the caller to read."""
        fields = self._document.fields(value, path, (*OPERATOR, *more))
        operator = operator_of(fields)
        if operator.profile and operator.profile not in self._profiles:
            fields.fault("profile", f"must be one of {', '.join(self._profiles)}")
        if operator.id and operator.id in self.operators:
            fields.fault("id", f"operator {operator.id!r} is there twice")
        if operator.email and operator.email.casefold() in self._mails:
            fields.fault("email", "another operator has this address")
        self._mails.add(operator.email.casefold())
        self.operators[operator.id] = operator
        return operator, fields
