"""`audit forward`: the record delivered to another system."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.common import config_file, load, told

if TYPE_CHECKING:
    from gateway.config import Config
    from gateway.config.consumers import Consumer


@click.command()
@click.argument("name")
@config_file
@click.option("--dead", is_flag=True, help="Print the records that were refused for good.")
@click.option("--retry-dead", is_flag=True, help="Send these once more; status 1 when some stay.")
def forward(name: str, path: Path, dead: bool, retry_dead: bool) -> None:
    """Deliver the records to the consumer NAME of the config, at least once and in order.

    Runs until it is told to stop, and goes on there the next time.
    """
    if dead and retry_dead:
        raise click.UsageError("give one of --dead and --retry-dead")
    config = load(path)
    consumer = _consumer(config, name)
    import asyncio

    from gateway.app import forward as run

    with told():
        if dead:
            asyncio.run(run.list_dead(config, consumer, click.echo))
        elif retry_dead:
            if asyncio.run(run.retry_dead(config, consumer, click.echo)):
                raise SystemExit(1)
        else:
            asyncio.run(run.forward(config, consumer))


def _consumer(config: Config, name: str) -> Consumer:
    for consumer in config.audit.consumers:
        if consumer.name == name:
            return consumer
    known = ", ".join(consumer.name for consumer in config.audit.consumers)
    raise click.UsageError(f"audit.consumers has no {name}; it has: {known or 'none'}")
