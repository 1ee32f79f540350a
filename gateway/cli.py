"""The command `impersonation-gateway`. Each command imports what it needs when it runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gateway.app.verify import Verification
    from gateway.config import Config
    from gateway.policy.learning import Evidence

_file = click.option(
    "--config",
    "-c",
    "path",
    type=click.Path(path_type=Path),
    default="gateway.yaml",
    show_default=True,
    help="The config file.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Act on behalf of an app's users: allowed, visible, limited and on record."""


@main.command()
@_file
def serve(path: Path) -> None:
    """Run the gateway until it is told to stop."""
    config = _load(path)
    from gateway.app import start

    with _told():
        start.serve(config)


@main.command()
@click.option("--listen", default="127.0.0.1:8080", show_default=True, help="host:port; 0: any.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Kept between runs.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON, for scripts.")
def demo(listen: str, data_dir: Path | None, as_json: bool) -> None:
    """Run a small CRM with the gateway in front of it, to try everything."""
    from gateway.app.log import log_as_json
    from gateway.app.serve import serve_on
    from gateway.app.sockets import listening
    from gateway.demo import run

    log_as_json()
    with _told():
        run.main(
            listen=listen,
            data_dir=data_dir,
            as_json=as_json,
            serve=lambda path, public, ops: serve_on(_load(path, {}), public, ops),
            open_socket=listening,
        )


@main.group()
def config() -> None:
    """Check and describe the config file."""


@config.command()
@_file
def validate(path: Path) -> None:
    """Tell every fault of the config, of the environment and of the files that the config names."""
    from gateway.policy.report_only import unenforced

    said = _load(path)
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


@main.group()
def operators() -> None:
    """Manage the people who may sign in."""


@operators.command("hash")
@click.password_option(help="Asked for when left out.")
def hash_password(password: str) -> None:
    """Print a password's hash for the operators file."""
    from argon2 import PasswordHasher

    click.echo(PasswordHasher().hash(password))


@main.group()
def audit() -> None:
    """Read what is on record."""


@audit.command()
@_file
@click.option("--follow", "-f", is_flag=True, help="Go on with what comes.")
def tail(path: Path, follow: bool) -> None:
    """Print the records, one line of JSON each, the oldest first."""
    config = _load(path)
    import asyncio

    with _told():
        asyncio.run(_tail(config, follow=follow))


@audit.command()
@_file
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
    help="Verify the lines of a file, as tail prints them; with --public-key it needs no config.",
)
def verify(
    path: Path, checkpoints: tuple[Path, ...], keys: tuple[Path, ...], export: Path | None
) -> None:
    """Find records that were changed, removed, moved, added or cut off.

    Prints each finding and where it is. Ends with status 1 when there is one.
    """
    from gateway.app.verify import Sources, Verification, sources_of

    said = Sources(keys, checkpoints)
    with _told():
        if export is not None and keys:
            run = Verification(said, click.echo)
            run.of_export(export)
        else:
            config = _load(path)
            run = Verification(sources_of(config, said), click.echo)
            if export is not None:
                run.of_export(export)
            else:
                import asyncio

                asyncio.run(_verify(config, run))
    if run.findings:
        raise SystemExit(1)


@audit.command()
@_file
def key(path: Path) -> None:
    """Print the public key with which others can verify the records."""
    config = _load(path)
    from gateway.app.verify import public_key

    with _told():
        click.echo(public_key(config), nl=False)


@main.command()
@_file
@click.option("--site", "name", help="The site; needed where the config has several.")
@click.option("--since", default="7d", show_default=True, help="How far to look back: 12h, 30d.")
def learn(path: Path, name: str | None, since: str) -> None:
    """Propose rules for requests that only read, from those on record that were refused.

    Prints YAML with comments for a person to review; nothing comes into force by it.
    """
    said = _load(path)
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
    with _told():
        found = asyncio.run(_gathered(said, site.name, seconds))
        click.echo(f"# Of look-only sessions of {site.name} in the last {since}. Review each rule.")
        rules = request_rules_of(site)
        click.echo(as_yaml(found, rules, [rule.id for rule in site.rules]), nl=False)


@main.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version

    click.echo(version("impersonation-gateway"))


def _faults_of_files(said: Config) -> Iterator[str]:
    """Read what a start would read, and say what would stop it."""
    from functools import partial

    from gateway.app.people import load_operators, load_policies
    from gateway.app.sites import compile_site, proofs_of
    from gateway.errors import GatewayError
    from gateway.identity.keys import new_ring

    ring = partial(new_ring, now_ms=0)
    proofs = proofs_of(said.sign_in)
    compiled = partial(compile_site, issuer="", ring=ring, redaction_key=bytes(32), proofs=proofs)
    reads: list[Callable[[], object]] = [
        partial(load_operators, said),
        partial(load_policies, said),
        *(partial(compiled, site) for site in said.sites),
    ]
    for read in reads:
        try:
            read()
        except GatewayError as error:
            yield error.detail


async def _tail(config: Config, *, follow: bool) -> None:
    from gateway.app.reading import opened
    from gateway.audit.reader import read

    async with opened(config) as store:
        async for entry in read(store, config.audit.shards, follow=follow):
            click.echo(entry.line)


async def _verify(config: Config, run: Verification) -> None:
    from gateway.app.reading import opened

    async with opened(config) as store:
        await run.of_store(store, config.audit.shards)


async def _gathered(config: Config, site: str, seconds: float) -> list[Evidence]:
    import time

    import msgspec

    from gateway.app.reading import opened
    from gateway.audit.reader import read
    from gateway.policy.learning import Gathering

    gathering = Gathering(site)
    after = f"{int((time.time() - seconds) * 1000)}-0"
    async with opened(config) as store:
        async for entry in read(store, config.audit.shards, after=after):
            if entry.line:
                gathering.take(msgspec.json.decode(entry.line))
    return gathering.evidence()


def _load(path: Path, environment: Mapping[str, str] = os.environ) -> Config:
    from gateway.config import ConfigError, load

    try:
        return load(path, environment)
    except ConfigError as error:
        raise click.ClickException(f"the config cannot be used\n{error}") from None


@contextmanager
def _told() -> Iterator[None]:
    """Tell an error that knows its advice in words, without a traceback."""
    from gateway.errors import GatewayError

    try:
        yield
    except GatewayError as error:
        raise click.ClickException(f"{error.detail} {error.advice}".strip()) from error
