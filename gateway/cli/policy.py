"""`policy …`: what the policies say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.common import config_file, load, told
from gateway.cli.replay import replay

if TYPE_CHECKING:
    from gateway.people.questions import Explained, How

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
    import asyncio

    from gateway.app.cases import kept_operators, odd

    config = load(path)
    with told():
        kept = asyncio.run(kept_operators(config))
        found = list(odd(config, kept or frozenset()))
    if kept is None and any(" names the operator " in each for each in found):
        click.echo("The store is not there, so operators who are kept in it are unknown.", err=True)
    for remark in found:
        click.echo(remark)
    if found:
        raise click.exceptions.Exit(1)
    click.echo("There is nothing to say of the policies.")


policy.add_command(replay)

_MODES = ("read_only", "read_write")
_GIVEN = (
    *("approved", "consent", "fresh_sign_in", "working_hours", "network", "break_glass"),
    *("another_session", "tickets_required"),
)


def _asked(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a start that is asked about."""
    for option in (
        config_file,
        click.option("--given", multiple=True, type=click.Choice(_GIVEN), help="What is so too."),
        click.option("--holds", multiple=True, help="What the ticket's lookup finds true."),
        click.option("--workflow", default="", help="The only workflow that it is for."),
        click.option("--ticket", default="", help="A ticket's number."),
        click.option("--mode", type=click.Choice(_MODES), default=_MODES[0], show_default=True),
        click.option("--site", default="", help="A site's name; else the config's first."),
    ):
        command = option(command)
    return command


@policy.command()
@click.argument("operator")
@click.argument("user")
@_asked
def explain(operator: str, user: str, site: str, path: Path, **said: Any) -> None:
    """Say whether OPERATOR may act for USER, by which policies, and what would change a no."""
    import asyncio

    from gateway.app.asking import asking

    config, how = load(path), _how(**said)

    async def asked() -> Explained:
        async with asking(config, site, user) as about:
            return about.explain(operator, user, how)

    with told():
        for line in _in_words(asyncio.run(asked())):
            click.echo(line)


@policy.command("who-can")
@click.argument("user")
@_asked
def who_can(user: str, site: str, path: Path, **said: Any) -> None:
    """List the operators who may act for USER, and by which policies."""
    import asyncio

    from gateway.app.asking import asking

    config, how = load(path), _how(**said)

    async def asked() -> list[str]:
        async with asking(config, site, user) as about:
            found = about.who_can(user, how)
            return [f"{who.id}: {', '.join(answer.policies)}" for who, answer in found]

    _list(asyncio.run, asked, "Nobody may.")


@policy.command("what-can")
@click.argument("operator")
@_asked
def what_can(operator: str, site: str, path: Path, **said: Any) -> None:
    """List the users for whom OPERATOR may act, and by which policies."""
    import asyncio

    from gateway.app.asking import asking
    from gateway.model import Deny

    config, how = load(path), _how(**said)

    async def asked() -> list[str]:
        async with asking(config, site) as about:
            found = about.what_can(operator, how)
            return [
                f"{user.id}: {', '.join(answer.policies)}"
                for user, answer in found
                if not isinstance(answer, Deny)
            ]

    _list(asyncio.run, asked, "For nobody.")


def _how(mode: str, ticket: str, workflow: str, holds: Sequence[str], given: Sequence[str]) -> How:
    from gateway.model import Mode
    from gateway.people.case_table import GIVEN
    from gateway.people.questions import How

    return How(
        mode=Mode(mode),
        ticket=ticket,
        workflow=workflow,
        holds=frozenset(holds),
        given=frozenset(GIVEN[each] for each in given if each in GIVEN),
        consent="consent" in given,
    )


def _list(run: Callable[[Any], list[str]], asked: Callable[[], Any], nobody: str) -> None:
    with told():
        lines = run(asked())
    for line in lines or [nobody]:
        click.echo(line)


def _in_words(said: Explained) -> list[str]:
    from gateway.model import Deny

    answer = said.answer
    if not isinstance(answer, Deny):
        shown = ", ".join(answer.reveal) or "nothing"
        hidden = ", ".join(said.hidden) or "nothing"
        by = f"allowed by {', '.join(answer.policies)}"
        lines = [by, f"shown, of what is sensitive: {shown}", f"hidden: {hidden}"]
        if answer.capabilities:
            lines.append(f"capabilities: {', '.join(answer.capabilities)}")
        return lines
    lines = [f"refused by {answer.rule} ({answer.code}): {answer.detail}"]
    if answer.advice:
        lines.append(f"advice: {answer.advice}")
    lines += [f"allowed with: {' and '.join(changes)}" for changes in said.helps]
    return lines if said.helps else [*lines, "no small change would allow it"]
