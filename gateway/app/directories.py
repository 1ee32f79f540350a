"""Read a site's directory from the files it is in."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from gateway.people import csv_source, yaml_source
from gateway.people.csv_rows import lines_of
from gateway.people.document import PeopleError
from gateway.people.memory import MemoryDirectory

ACCOUNTS = "accounts.csv"
"""The file of accounts, when it is beside one of users."""


def load_directory(path: Path) -> MemoryDirectory:
    """Read a directory, in CSV when the file's name says so, else in YAML.

    Raises:
        PeopleError: with every fault; a directory with a bad line is none.
        OSError: a file cannot be read.
    """
    if path.suffix != ".csv":
        return yaml_source.read_directory(path.read_text("utf-8"), str(path))
    read = load_csv(path)
    if read.report.faults:
        raise PeopleError(tuple(read.report.faults))
    return MemoryDirectory(read.accounts.values(), read.users.values())


def load_csv(users: Path, accounts: Path | None = None) -> csv_source.Imported:
    """Read a file of users and one of accounts: the given one, else one that is beside it.

    Raises:
        PeopleError: a file cannot be used at all.
        OSError: a file cannot be read.
    """
    beside = users.with_name(ACCOUNTS)
    if accounts is None and beside.exists():
        accounts = beside
    with ExitStack() as opened:

        def file(path: Path) -> csv_source.File:
            return csv_source.File(str(path), lines_of(opened.enter_context(path.open("rb"))))

        return csv_source.read_directory(file(users), file(accounts) if accounts else None)
