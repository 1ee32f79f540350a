"""`audit export`: the records in the format that another system reads."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.audit.formats import NAMES
from gateway.cli.choosing import choice_of, chosen
from gateway.cli.common import config_file, load, told

if TYPE_CHECKING:
    from gateway.audit.reading.export import Place


@click.command()
@config_file
@click.option("--format", "form", type=click.Choice(NAMES), default=NAMES[0], show_default=True)
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="The file; else the standard output."
)
@chosen
def export(path: Path, form: str, output: Path | None, **asked: Any) -> None:
    """Write the records that there are now.

    The same command goes on with a file that a run did not finish. Ends with status 1 when an entry
    of the streams is no record of a gateway; `audit verify` says where it is.
    """
    choice = choice_of(asked)
    config = load(path)
    import asyncio

    from gateway.app.export import export_to_file, export_to_stream
    from gateway.app.showing import shown_on
    from gateway.audit.reading.export_file import Order

    with told():
        if output is None:
            stream = shown_on(sys.stdout.buffer)
            run = export_to_stream(config, form, choice, stream, _progress)
        else:
            words = {name: str(value) for name, value in (asked | {"format": form}).items()}
            order = Order(words, choice)
            run = export_to_file(config, form, order, output, _progress)
        place = asyncio.run(run)
    _tell(place)


def _tell(place: Place) -> None:
    click.echo(f"{place.taken} of {place.read} records.", err=True)
    if place.unreadable:
        click.echo(
            f"{place.unreadable} entries are no records of a gateway and were left out; "
            "audit verify says where they are.",
            err=True,
        )
        raise SystemExit(1)


@contextmanager
def _progress(length: int) -> Iterator[Callable[[int], None]]:
    """A bar where somebody sees it."""
    if sys.stdout.isatty() or not sys.stderr.isatty():
        yield lambda _: None
        return
    steps = max(length // 200, 1)
    with click.progressbar(length=length, file=sys.stderr, update_min_steps=steps) as bar:
        yield bar.update
