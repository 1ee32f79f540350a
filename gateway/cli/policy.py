"""`policy …`: what the policies say."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.common import config_file, load, told

_tables = click.argument(
    "tables", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)


@click.group()
def policy() -> None:
    """Try and check policies."""


@policy.command()
@_tables
@click.option("--ready", is_flag=True, help="The tables of the ready policies too.")
@config_file
def test(tables: tuple[Path, ...], path: Path, *, ready: bool) -> None:
    """Ask the policies about each case of TABLES, and tell those that come out differently.

    Exits with 1 when there is one.
    """
    from gateway.app.cases import failing, ready_tables
    from gateway.people.document import PeopleError

    if not tables and not ready:
        raise click.UsageError("Name a table of cases, or use --ready.")
    config = load(path)
    texts = ready_tables() if ready else {}
    texts |= {str(table): table.read_text("utf-8") for table in tables}
    count, failures = 0, list[str]()
    with told():
        for file, text in texts.items():
            try:
                rows, found = failing(config, text, file)
            except PeopleError as error:
                raise click.ClickException(str(error)) from None
            count += rows
            failures += found
    for failure in failures:
        click.echo(failure)
    click.echo(f"{count} cases: {count - len(failures)} as expected, {len(failures)} not")
    if failures:
        raise click.exceptions.Exit(1)


@policy.command()
@config_file
def lint(path: Path) -> None:
    """Tell what is odd about policies that load: rules that never count, names that nobody has.

    Exits with 1 when there is anything.
    """
    from gateway.app.cases import odd

    config = load(path)
    with told():
        found = list(odd(config))
    for remark in found:
        click.echo(remark)
    if found:
        raise click.exceptions.Exit(1)
    click.echo("There is nothing to say of the policies.")
