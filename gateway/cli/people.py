"""`people …`: those who may sign in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gateway.cli.common import config_file, load, told

if TYPE_CHECKING:
    from gateway.app.managing import Managing
    from gateway.people.operators import Listed
    from gateway.people.people_book import Past
    from gateway.policy.people_rules import How

_T = TypeVar("_T")
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_why = click.option("--why", default="", help="Why; it stays on record and in the history.")


@click.group()
def people() -> None:
    """Manage the people who may sign in."""


@people.command("list")
@click.argument("text", default="")
@_as_json
@config_file
def list_people(text: str, path: Path, *, as_json: bool) -> None:
    """List everybody, or those in whose id, name, e-mail or profile TEXT stands."""

    async def listed(managing: Managing) -> Sequence[Listed]:
        return managing.people()

    found = [each for each in _run(path, listed) if _fits(each, text)]
    if as_json:
        _print([_plain(each) for each in found])
        return
    for each in found:
        click.echo(_line(each))


@people.command()
@click.argument("person")
@_as_json
@config_file
def show(person: str, path: Path, *, as_json: bool) -> None:
    """Show all that is known of PERSON."""

    async def shown(managing: Managing) -> Listed:
        return managing.person(person)

    said = _plain(_run(path, shown))
    if as_json:
        _print(said)
        return
    for name, value in said.items():
        click.echo(f"{name}: {', '.join(value) if isinstance(value, tuple) else value}".rstrip())


@people.command()
@click.argument("person")
@_as_json
@config_file
def history(person: str, path: Path, *, as_json: bool) -> None:
    """List the changes of PERSON, the newest first."""

    async def changes(managing: Managing) -> Sequence[Past]:
        return await managing.history(person)

    found = [_past(each) for each in _run(path, changes)]
    if as_json:
        _print(found)
        return
    for each in found:
        state = "disabled" if each["disabled"] else "enabled"
        click.echo(
            f"{each['at']} {each['by']}: {each['profile'] or 'of the file'}, {state}. {each['why']}"
        )


def _fields(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say who somebody is."""
    for option in (
        config_file,
        _why,
        click.option("--password", "asks", is_flag=True, help="Ask for a password of theirs."),
        click.option("--region", "regions", multiple=True, help="Where they act; again for more."),
        click.option("--partner", help="The partner that they work for."),
        click.option("--account", help="The account of a customer that they work for."),
        click.option(
            "--owns", "accounts", multiple=True, help="An account that they own; again for more."
        ),
        click.option("--profile", help="Their profile."),
        click.option("--email", help="Their e-mail address."),
        click.option("--name", help="Their name."),
    ):
        command = option(command)
    return command


@people.command()
@click.argument("person")
@_fields
def add(person: str, path: Path, **said: Any) -> None:
    """Add PERSON, by the id under which they sign in."""
    for name in ("name", "email", "profile"):
        if not said[name]:
            raise click.UsageError(f"Say --{name}.")
    _put("add", person, path, said)


@people.command()
@click.argument("person")
@_fields
def update(person: str, path: Path, **said: Any) -> None:
    """Change PERSON: what is not said stays; an empty value takes away."""
    _put("update", person, path, said)


@people.command()
@click.argument("person")
@_why
@config_file
def disable(person: str, why: str, path: Path) -> None:
    """Disable PERSON: where the gateway runs, their sessions end within a second."""
    _switch("disable", person, why, path)


@people.command()
@click.argument("person")
@_why
@config_file
def enable(person: str, why: str, path: Path) -> None:
    """Enable PERSON again."""
    _switch("enable", person, why, path)


@people.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@config_file
def import_people(file: Path, path: Path) -> None:
    """Add everybody of FILE, which is written as the operators file is; or nobody.

    Prints each line that cannot be used, and why. Exits with 1 when there is one.
    """
    from gateway.app.managing import to_import
    from gateway.people.document import PeopleError

    try:
        with told():
            read = to_import(load(path), file.read_text("utf-8"), str(file))
    except PeopleError as error:
        raise click.ClickException(f"nobody was added\n{error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(str(error)) from None

    async def take(managing: Managing) -> tuple[Sequence[object], int]:
        faults = await managing.faults_of(read)
        return faults, 0 if faults else await managing.take(read)

    faults, count = _run(path, take)
    if faults:
        raise click.ClickException("\n".join(["nobody was added", *map(str, faults)]))
    click.echo(f"{count} people were added.")


def _run(path: Path, work: Callable[[Managing], Awaitable[_T]]) -> _T:
    import asyncio

    from gateway.app.managing import managing

    config = load(path)

    async def done() -> _T:
        async with managing(config) as opened:
            return await work(opened)

    with told():
        return asyncio.run(done())


def _put(how: How, person: str, path: Path, said: dict[str, Any]) -> None:
    from msgspec.structs import replace

    from gateway.console.values import PersonOrder
    from gateway.model import Operator

    asks, why = said.pop("asks"), said.pop("why")
    fields = {
        name: tuple(filter(None, value)) if isinstance(value, tuple) else value
        for name, value in said.items()
        if value not in (None, ())
    }
    password = click.prompt("Password", hide_input=True, confirmation_prompt=True) if asks else None

    async def put(managing: Managing) -> bool:
        listed = None if how == "add" else managing.person(person)
        nobody = Operator(id=person, name="", email="", profile="")
        order = PersonOrder(
            how=how,
            id=person,
            operator=replace(listed.operator if listed else nobody, **fields),
            password=password,
            why=why,
            version=listed.version if listed else None,
        )
        return await managing.change(order)

    _tell(person, _run(path, put), "added" if how == "add" else "changed")


def _switch(how: How, person: str, why: str, path: Path) -> None:
    from gateway.console.values import PersonOrder

    async def switch(managing: Managing) -> bool:
        return await managing.change(PersonOrder(how=how, id=person, why=why))

    _tell(person, _run(path, switch), f"{how}d")


def _tell(person: str, changed: bool, done: str) -> None:
    click.echo(f"{person} was {done}." if changed else f"{person} is so already.")


def _fits(listed: Listed, text: str) -> bool:
    operator = listed.operator
    said = (operator.id, operator.name, operator.email, operator.profile)
    return any(text.casefold() in each.casefold() for each in said)


def _line(listed: Listed) -> str:
    operator = listed.operator
    notes = [
        *(["disabled"] if listed.disabled else []),
        *(["in the file"] if listed.in_file else []),
    ]
    more = f" ({', '.join(notes)})" if notes else ""
    return f"{operator.id}: {operator.name} <{operator.email}>, {operator.profile}{more}"


def _plain(listed: Listed) -> dict[str, Any]:
    from msgspec.structs import asdict

    kept_in = "file" if listed.in_file else "store"
    said = {"disabled": listed.disabled, "kept_in": kept_in, "version": listed.version}
    return {**asdict(listed.operator), **said}


def _past(past: Past) -> dict[str, Any]:
    from msgspec.structs import asdict

    from gateway.audit.record import timestamp

    operator = past.kept.operator
    return {
        "at": timestamp(past.at),
        "by": past.by,
        "why": past.why,
        "version": past.version,
        "disabled": past.kept.disabled,
        "profile": operator.profile if operator else "",
        "operator": asdict(operator) if operator else None,
    }


def _print(said: object) -> None:
    import json

    click.echo(json.dumps(said, indent=2, ensure_ascii=False))
