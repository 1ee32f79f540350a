"""A site's directory in CSV files: one of users, and one of accounts unless users' lines name them.

    id,name,email,account,status,groups,protected
    jonas.weber,Jonas Weber,jonas@nordlicht.example,nordlicht-berlin,active,sales;admins,false

    id,name,parent,region
    nordlicht-berlin,Nordlicht Berlin,nordlicht,dach

Columns stand in any order, between commas, semicolons or tabs. What may be left out in a directory
in YAML may be left out or empty here. Without a file of accounts each user has an `account_name`.
Lines are used whole or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from itertools import chain
from typing import NamedTuple

from msgspec.structs import replace

from gateway.model import Account, User
from gateway.people.csv_report import Report
from gateway.people.csv_rows import Row, TooManyLinesError, rows
from gateway.people.document import PeopleError
from gateway.people.entry import (
    ACCOUNT,
    USER,
    Entry,
    account_of,
    check_account,
    check_house_contact,
    faults_of_parents,
    unsound,
    user_of,
)
from gateway.yaml_file import Fault, Value

_ACCOUNT_NAME = "account_name"
_MAY_LACK = frozenset(("parent", "region", "status", "groups", "protected", "house_contact"))
_DELIMITERS = ",;\t"
_BETWEEN_GROUPS = re.compile("[;|]")


class File(NamedTuple):
    """A file's name, as faults call it, and its lines, of which none needs to be kept."""

    name: str
    lines: Iterable[bytes]


class Imported(NamedTuple):
    """All accounts and users of good lines, by id, and what was wrong with the others."""

    accounts: Mapping[str, Account]
    users: Mapping[str, User]
    report: Report


def read_directory(
    users: File, accounts: File | None = None, known: Mapping[str, Account] | None = None
) -> Imported:
    """Read a directory.

    Args:
        users: the users.
        accounts: the accounts, where users' lines do not name them.
        known: accounts that there are already. Users may be in them without their name, and
            accounts below them; what they have and no line says stays.

    Raises:
        PeopleError: a file cannot be used at all, most of all for want of a column.
    """
    report = Report()
    there = known or {}
    by_account: dict[str, Account] = {}
    by_user: dict[str, User] = {}
    contacts: dict[str, str] = {}
    if accounts is not None:
        by_account = _accounts(accounts, report, there)
        columns: tuple[str, ...] = USER
        may_lack = _MAY_LACK
    else:
        columns = (*USER, _ACCOUNT_NAME)
        may_lack = _MAY_LACK if known is None else _MAY_LACK | {_ACCOUNT_NAME}
    for line in _lines(users, columns, report, may_lack):
        user = user_of(line, by_user)
        account = by_account.get(user.account) or there.get(user.account)
        if accounts is None and (account is None or line.has(_ACCOUNT_NAME)):
            account = _account_beside(line, user, by_account, account)
        else:
            check_account(line, user, () if account is None else (account.id,))
        check_house_contact(line, user, contacts)
        if line.is_good:
            if account is not None and accounts is None and line.has(_ACCOUNT_NAME):
                by_account.setdefault(account.id, account)
            by_user[user.id] = user
    report.good += len(by_user)
    return Imported(by_account, by_user, report)


def _account_beside(
    line: _Line, user: User, before: Mapping[str, Account], known: Account | None
) -> Account:
    """Read the account on a user's line."""
    name = line.text(_ACCOUNT_NAME)
    account = Account(id=user.account, name=name) if known is None else replace(known, name=name)
    other = before.get(account.id, account)
    if other != account:
        line.fault(_ACCOUNT_NAME, f"account {account.id!r} was {other.name!r} before")
    return account


def _accounts(file: File, report: Report, known: Mapping[str, Account]) -> dict[str, Account]:
    accounts: dict[str, Account] = {}
    lines: dict[str, int] = {}
    for line in _lines(file, ACCOUNT, report):
        account = account_of(line, accounts)
        if line.is_good:
            accounts[account.id] = account
            lines[account.id] = line.number
    # First those with a bad parent: what others are below may be one that is known.
    for look in (faults_of_parents, unsound):
        for account_id, message in look({**known, **accounts}).items():
            if account_id in accounts:
                report.fault(file.name, lines[account_id], "parent", message)
                del accounts[account_id]
    report.faults.sort(key=lambda fault: fault.line)
    report.good += len(accounts)
    return accounts


class _Line(Entry):
    """A line as an entry: what is empty is not there."""

    def __init__(self, file: str, number: int, found: dict[str, Value], report: Report) -> None:
        super().__init__({name: value for name, value in found.items() if value})
        self._file = file
        self._report = report
        self.number = number
        self.is_good = True

    def fault(self, name: str, message: str) -> None:
        self.is_good = False
        self._report.fault(self._file, self.number, name, message)


def _lines(
    file: File, known: tuple[str, ...], report: Report, may_lack: Set[str] = _MAY_LACK
) -> Iterator[_Line]:
    """Give the lines below the header, but for those that are no rows of as many fields."""
    try:
        columns: list[str] | None = None
        for row in _rows(file.lines, known):
            if columns is None:
                columns = _header(file.name, row, known, report, may_lack)
                continue
            report.read += 1
            if row.broken:
                report.fault(file.name, row.line, "", row.broken)
            elif len(row.fields) != len(columns):
                said = f"has {len(row.fields)} fields, and the header {len(columns)}"
                report.fault(file.name, row.line, "", said)
            else:
                found: dict[str, Value] = dict(zip(columns, row.fields, strict=True))
                yield _Line(file.name, row.line, _as_in_yaml(found), report)
    except TooManyLinesError as error:
        raise PeopleError((Fault(file.name, 0, "", str(error)),)) from None
    if columns is None:
        raise PeopleError((Fault(file.name, 0, "", "there is no header"),))


def _rows(lines: Iterable[bytes], known: Collection[str]) -> Iterator[Row]:
    """Read rows; between their fields stands what parts the header into most columns we know."""
    coming = iter(lines)
    first = next(coming, b"")
    header = first.decode("utf-8-sig", "replace")

    def found(delimiter: str) -> int:
        return sum(_name(each) in known for each in header.split(delimiter))

    return rows(chain([first], coming), max(_DELIMITERS, key=found))


def _name(heading: str) -> str:
    return heading.strip().strip('"').strip().lower()


def _header(
    file: str, row: Row, known: tuple[str, ...], report: Report, may_lack: Set[str]
) -> list[str]:
    columns = [_name(field) for field in row.fields]
    faults = [row.broken] if row.broken else []
    if not row.broken:
        faults += [
            f"the column {name!r} is missing"
            for name in known
            if name not in columns and name not in may_lack
        ]
    faults += [f"the column {name!r} is there twice" for name in known if columns.count(name) > 1]
    if faults:
        raise PeopleError(tuple(Fault(file, row.line, "", fault) for fault in faults))
    report.ignored += [(file, name) for name in dict.fromkeys(columns) if name not in (*known, "")]
    return columns


def _as_in_yaml(found: dict[str, Value]) -> dict[str, Value]:
    """Give values the forms that entries in YAML have."""
    if groups := found.get("groups"):
        found["groups"] = _BETWEEN_GROUPS.split(groups)
    for flag in ("protected", "house_contact"):
        if said := found.get(flag):
            found[flag] = said.lower()  # spreadsheets write TRUE
    return found
