"""`users …`: the users of apps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gateway.cli.common import config_file, load, told

if TYPE_CHECKING:
    from gateway.people.csv_report import Report

MANY: Final = 500
"""Changes of an import after which its progress is told."""
_file = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def users() -> None:
    """Check and keep the users of apps."""


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


@users.command("import")
@click.argument("site")
@click.argument("users", type=_file)
@click.option("--accounts", type=_file, help="The accounts; else accounts.csv beside USERS.")
@click.option("--complete", is_flag=True, help="Whoever is in no line is removed.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--yes", is_flag=True, help="Remove even more than a third.")
@config_file
def import_(path: Path, **wanted: Any) -> None:
    """Take users from a CSV file into the store, for a SITE with `directory: store`.

    Lines that cannot be used are told, and change nobody. Exits with 0 when all lines were taken, 3
    when only the good ones were, 1 when nothing was.
    """
    config = load(path)
    import asyncio

    from gateway.app.importing import Wanted, import_users
    from gateway.people.document import PeopleError

    def progress(done: int, of: int) -> None:
        if of > MANY:
            click.echo(f"{done:,} of {of:,}", err=True)

    try:
        with told():
            outcome = asyncio.run(
                import_users(
                    config,
                    Wanted(**wanted),
                    lambda report: click.echo(_in_words(report)),
                    progress,
                )
            )
    except PeopleError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(str(error)) from None
    said = outcome.words or "nothing is other"
    only = "; nothing was done" if wanted["dry_run"] else ""
    click.echo(f"{said}; {outcome.unchanged:,} users as before{only}")
    if outcome.report.bad:
        raise click.exceptions.Exit(3)


@users.command()
@click.argument("site")
@click.argument("user")
@config_file
def history(path: Path, site: str, user: str) -> None:
    """Print who changed a USER of a SITE with `directory: store`, the newest change first."""
    config = load(path)
    import asyncio

    from gateway.app.importing import history_of

    with told():
        lines = asyncio.run(history_of(config, site, user))
    for line in lines or ["Nothing is known of this user."]:
        click.echo(line)


@users.command()
@click.argument("site")
@click.argument("users", type=click.Path(path_type=Path, dir_okay=False))
@config_file
def export(path: Path, site: str, users: Path) -> None:
    """Write the users of a SITE with `directory: store` to USERS, and accounts.csv beside it.

    `users import` takes both. Values are written as they are: a spreadsheet may take what begins
    with `=`, `+`, `-` or `@` for a formula.
    """
    config = load(path)
    import asyncio

    from gateway.app.exporting_users import export_users

    with told():
        try:
            count = asyncio.run(export_users(config, site, users))
        except OSError as error:
            raise click.ClickException(str(error)) from None
    click.echo(f"{count:,} users")


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
