"""Read a site's directory from the files it is in."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from gateway.model import Account
from gateway.people import csv_source, yaml_source
from gateway.people.csv_rows import lines_of
from gateway.people.document import PeopleError
from gateway.people.house_contacts import HouseTemplate
from gateway.people.memory import MemoryDirectory
from gateway.people.population import Population, without_faults

ACCOUNTS = "accounts.csv"
"""The file of accounts, when it is beside one of users."""


def load_directory(path: Path, template: HouseTemplate | None = None) -> MemoryDirectory:
    """Read a directory, in CSV when the file's name says so, else in YAML.

    Args:
        template: makes house contacts; None: only those that the file names are there.

    Raises:
        PeopleError: with every fault; a directory with a bad line is none.
        OSError: a file cannot be read.
    """
    if path.suffix != ".csv":
        return yaml_source.read_directory(path.read_text("utf-8"), str(path), template)
    read = load_csv(path)
    if read.report.faults:
        raise PeopleError(tuple(read.report.faults))
    people = Population(read.accounts.values(), read.users.values(), template)
    return MemoryDirectory.of(without_faults(people, str(path)))


def files_of(path: Path) -> tuple[Path, ...]:
    """Name the files that a directory is in, or would be: it has no accounts beside it in YAML."""
    return (path, path.with_name(ACCOUNTS)) if path.suffix == ".csv" else (path,)


def load_csv(
    users: Path, accounts: Path | None = None, known: Mapping[str, Account] | None = None
) -> csv_source.Imported:
    """Read a file of users and one of accounts: the given one, else one that is beside it.

    `known`: accounts that there are already.

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

        return csv_source.read_directory(file(users), file(accounts) if accounts else None, known)
