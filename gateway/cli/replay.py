"""`policy replay`: what other policies would have decided of the starts on record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.common import config_file, load, told

if TYPE_CHECKING:
    from gateway.app.replay import Decided
    from gateway.audit.reading.choice import Choice
    from gateway.config import Config

_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command()
@config_file
@click.option("--since", default="30d", show_default=True, help="From then on.")
@click.option("--until", help="Before then; a date is that whole day.")
@click.option("--site", help="Of this site.")
@click.option("--ready", multiple=True, help="This ready policy, and not the config's. Repeatable.")
@click.option("--folder", type=_FOLDER, help="The policies in this folder, and not the config's.")
@click.option("--all", "every", is_flag=True, help="What comes out the same, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, a line each.")
def replay(
    path: Path,
    ready: tuple[str, ...],
    folder: Path | None,
    *,
    every: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Ask the policies again about the starts on record, and tell what would come out otherwise.

    Exits with 1 when anything would.
    """
    from gateway.cli.choosing import choice_of

    choice = choice_of({**asked, "kinds": ()})
    config = load(path)
    import asyncio

    with told():
        differing = asyncio.run(
            _print(config, _with(config, ready, folder), choice, every, as_json)
        )
    if differing:
        raise click.exceptions.Exit(1)


def _with(config: Config, ready: tuple[str, ...], folder: Path | None) -> Config:
    """The config with these policies, where any are named."""
    if not ready and folder is None:
        return config
    from pydantic import ValidationError

    from gateway.config.models import Policies

    try:
        named = Policies.model_validate({"ready": ready, "folder": folder})
    except ValidationError as fault:
        raise click.UsageError("; ".join(each["msg"] for each in fault.errors())) from None
    return config.model_copy(update={"policies": named})


async def _print(config: Config, asked: Config, choice: Choice, every: bool, as_json: bool) -> int:
    from gateway.app.replay import replay

    count = differing = unknown = 0
    async for each in replay(config, asked, choice):
        count += 1
        unknown += each.again is None
        differs = each.again is not None and each.again.differs
        differing += differs
        if differs or every:
            click.echo(_json(each) if as_json else _words(each))
    same = count - differing - unknown
    said = f"{count} starts: {same} as they were, {differing} otherwise, {unknown} not known"
    click.echo(said, err=as_json)
    return differing


def _json(each: Decided) -> str:
    import json

    import msgspec

    record = each.told
    names = ("at", "session", "site", "mode", "actor", "subject")
    found = {name: record[name] for name in names if name in record}
    if each.again is not None:
        found |= msgspec.to_builtins(each.again)
        found["differs"] = each.again.differs
    return json.dumps(found)


def _words(each: Decided) -> str:
    from gateway.audit.reading.meaning import printable

    record, again = each.told, each.again
    people = " -> ".join(str(record[who]["id"]) for who in ("actor", "subject") if who in record)
    what = " ".join(str(record[name]) for name in ("site", "mode", "session") if name in record)
    begun = f"{record['at']} {people} ({what}):"
    if again is None:
        return printable(f"{begun} not known, it was recorded without what policies were told")
    was, would_be = again.was, again.would_be
    now = _outcome(would_be.allowed, would_be.rule)
    words = f"{begun} {_outcome(was.allowed, was.rule)}, would be {now}"
    more = sorted(set(would_be.reveal) - set(was.reveal))
    less = sorted(set(was.reveal) - set(would_be.reveal)) if would_be.allowed else []
    words += f", showing {', '.join(more)} too" if more and was.allowed else ""
    words += f", not showing {', '.join(less)}" if less else ""
    more = sorted(set(would_be.capabilities) - set(was.capabilities))
    less = sorted(set(was.capabilities) - set(would_be.capabilities)) if would_be.allowed else []
    words += f", giving {', '.join(more)} too" if more and was.allowed else ""
    words += f", not giving {', '.join(less)}" if less else ""
    return printable(words)


def _outcome(allowed: bool, rule: str) -> str:
    return f"{'allowed' if allowed else 'refused'} by {rule}"
