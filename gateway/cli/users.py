"""`users …`: the users of apps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gateway.people.csv_report import Report

_file = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def users() -> None:
    """Check the users of apps."""


@users.command()
@click.argument("users", type=_file)
@click.argument("accounts", type=_file, required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(users: Path, accounts: Path | None, *, as_json: bool) -> None:
    """Check CSV files of a directory: USERS, and ACCOUNTS, else accounts.csv beside it.

    Prints each line that cannot be used, and why. Exits with 1 when there is one.
    """
    from gateway.app.directories import load_csv
    from gateway.people.csv_report import Report
    from gateway.people.document import PeopleError

    try:
        report = load_csv(users, accounts).report
    except PeopleError as error:
        report = Report(faults=list(error.faults))
    except OSError as error:
        raise click.ClickException(str(error)) from None
    click.echo(_as_json(report) if as_json else _in_words(report))
    if report.faults:
        raise click.exceptions.Exit(1)


def _in_words(report: Report) -> str:
    lines = [*map(str, report.faults)]
    if report.unlisted:
        lines.append(f"There are {report.unlisted:,} more faults.")
    lines += [f"{file}: the column {name!r} is not read" for file, name in report.ignored]
    lines.append(f"{report.read:,} lines: {report.good:,} good, {report.bad:,} bad")
    return "\n".join(lines)


def _as_json(report: Report) -> str:
    import json

    faults = [
        {"file": each.source, "line": each.line, "column": each.key, "message": each.message}
        for each in report.faults
    ]
    ignored = [{"file": file, "column": name} for file, name in report.ignored]
    said = {"read": report.read, "good": report.good, "bad": report.bad}
    return json.dumps(
        {**said, "faults": faults, "unlisted_faults": report.unlisted, "ignored": ignored}
    )
