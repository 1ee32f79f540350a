"""`learn`: rules proposed from what was refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.common import config_file, load, told

if TYPE_CHECKING:
    from gateway.config import Config
    from gateway.policy.learning import Evidence


@click.command()
@config_file
@click.option("--site", "name", help="The site; needed where the config has several.")
@click.option("--since", default="7d", show_default=True, help="How far to look back: 12h, 30d.")
def learn(path: Path, name: str | None, since: str) -> None:
    """Propose rules for requests that only read, from those on record that were refused.

    Prints YAML with comments for a person to review; nothing comes into force by it.
    """
    said = load(path)
    import asyncio

    from gateway.app.sites import request_rules_of
    from gateway.config.values import seconds_of
    from gateway.policy.learned import as_yaml

    sites = {site.name: site for site in said.sites}
    site = sites.get(name or "") or (said.sites[0] if name is None and len(sites) == 1 else None)
    if site is None:
        raise click.UsageError(f"name a site: {', '.join(sites)}")
    try:
        seconds = seconds_of(since)
    except ValueError as fault:
        raise click.UsageError(f"--since: {fault}") from None
    with told():
        found = asyncio.run(_gathered(said, site.name, seconds))
        click.echo(f"# Of look-only sessions of {site.name} in the last {since}. Review each rule.")
        rules = request_rules_of(site)
        click.echo(as_yaml(found, rules, [rule.id for rule in site.rules]), nl=False)


async def _gathered(config: Config, site: str, seconds: float) -> list[Evidence]:
    import time

    import msgspec

    from gateway.app.reading import opened
    from gateway.audit.reading.reader import read
    from gateway.policy.learning import Gathering

    gathering = Gathering(site)
    after = f"{int((time.time() - seconds) * 1000)}-0"
    async with opened(config) as store:
        async for entry in read(store, config.audit.shards, after=after):
            if entry.line:
                gathering.take(msgspec.json.decode(entry.line))
    return gathering.evidence()
