"""`audit …`: what is on record."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.choosing import choice_of, chosen
from gateway.cli.common import config_file, load, told
from gateway.cli.export import export
from gateway.cli.forward import forward
from gateway.cli.history import changes, exposure, sessions, timeline

if TYPE_CHECKING:
    from gateway.app.verify import Verification
    from gateway.audit.reading.choice import Choice
    from gateway.config import Config


@click.group()
def audit() -> None:
    """Read what is on record."""


@audit.command()
@config_file
@click.option("--follow", "-f", is_flag=True, help="Go on with what comes.")
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json")),
    help="A readable line each, or the record itself. [default: text on a terminal, else json]",
)
@chosen
def tail(path: Path, follow: bool, form: str | None, **asked: Any) -> None:
    """Print the records, a line each, the oldest first."""
    choice = choice_of(asked)
    config = load(path)
    import asyncio

    form = form or ("text" if sys.stdout.buffer.isatty() else "json")
    with told():
        asyncio.run(_tail(config, choice, form, follow=follow))


@audit.command()
@config_file
@click.option(
    "--checkpoints",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A folder or file of checkpoints kept outside the store; else the config's.",
)
@click.option(
    "--public-key",
    "keys",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A gateway's public key, one for each data_dir; else the config's.",
)
@click.option(
    "--export",
    type=click.Path(path_type=Path),
    help="Verify the lines of an export, in the format json; with --public-key it needs no config.",
)
def verify(
    path: Path, checkpoints: tuple[Path, ...], keys: tuple[Path, ...], export: Path | None
) -> None:
    """Find records that were changed, removed, moved, added or cut off.

    Prints each finding and where it is. Ends with status 1 when there is one.
    """
    from gateway.app.verify import Sources, Verification, sources_of

    said = Sources(keys, checkpoints)
    with told():
        if export is not None and keys:
            run = Verification(said, click.echo)
            run.of_export(export)
        else:
            config = load(path)
            run = Verification(sources_of(config, said), click.echo)
            if export is not None:
                run.of_export(export)
            else:
                import asyncio

                asyncio.run(_verify(config, run))
    if run.findings:
        raise SystemExit(1)


@audit.command()
def schema() -> None:
    """Print the JSON Schema of a record."""
    import json

    from gateway.audit.schema import schema

    click.echo(json.dumps(schema(), indent=2))


@audit.command()
@config_file
def key(path: Path) -> None:
    """Print the public key with which others can verify the records."""
    config = load(path)
    from gateway.app.verify import public_key

    with told():
        click.echo(public_key(config), nl=False)


async def _tail(config: Config, choice: Choice, form: str, *, follow: bool) -> None:
    from gateway.app.reading import opened
    from gateway.app.showing import shown_on
    from gateway.audit.formats import json_lines, text
    from gateway.audit.reading.fields import fields_of
    from gateway.audit.reading.reader import read

    written = text.written if form == "text" else json_lines.written
    stream = shown_on(sys.stdout.buffer)
    async with opened(config) as store:
        async for entry in read(store, config.audit.shards, follow=follow, after=choice.after):
            fields = fields_of(entry.line)
            if choice.is_all or (fields is not None and choice.takes(fields)):
                stream.write(written(entry.line, fields))
                stream.flush()
            elif fields is None:
                place = f"stream {entry.shard}, {entry.position}"
                click.echo(f"An entry is no record of a gateway: {place}.", err=True)


async def _verify(config: Config, run: Verification) -> None:
    from gateway.app.reading import opened

    async with opened(config) as store:
        await run.of_store(store, config.audit.shards)


for command in (export, forward, sessions, timeline, changes, exposure):
    audit.add_command(command)
