"""`config …`: the config file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.common import config_file, load

if TYPE_CHECKING:
    from gateway.config import Config


@click.group()
def config() -> None:
    """Check and describe the config file."""


@config.command()
@config_file
def validate(path: Path) -> None:
    """Tell every fault of the config, of the environment and of the files that the config names."""
    from gateway.policy.report_only import unenforced

    said = load(path)
    faults = list(_faults_of_files(said))
    if faults:
        raise click.ClickException("\n".join(faults))
    click.echo(f"{path} is valid")
    for site in said.sites:
        if site.report_only:
            click.secho(
                f"Site {site.name} only reports: {unenforced(site.report_only)}!", bold=True
            )


@config.command()
def schema() -> None:
    """Print the config's JSON Schema."""
    import json

    from gateway.config.reference import schema

    click.echo(json.dumps(schema(), indent=2))


def _faults_of_files(said: Config) -> Iterator[str]:
    """Read what a start would read, and say what would stop it."""
    from functools import partial

    from gateway.app.people import groups_of, load_operators, load_policies, profiles_of
    from gateway.app.sites import compile_site, proofs_of
    from gateway.app.tickets import tickets_of
    from gateway.errors import GatewayError
    from gateway.identity.keys import new_ring
    from gateway.people.memory import MemoryDirectory

    ring = partial(new_ring, now_ms=0)
    proofs = proofs_of(said.sign_in)
    compiled = partial(compile_site, issuer="", ring=ring, redaction_key=bytes(32), proofs=proofs)
    nobody = {site.name: MemoryDirectory((), ()) for site in said.sites}
    reads: list[Callable[[], object]] = [
        lambda: groups_of(said, profiles_of(said), nobody),
        lambda: load_operators(said, profiles_of(said)),
        lambda: load_policies(said, profiles_of(said)),
        lambda: tickets_of(said.sessions.ticket, lambda: 0),
        *(partial(compiled, site) for site in said.sites),
    ]
    for read in reads:
        try:
            read()
        except GatewayError as error:
            yield error.detail
