"""The command `impersonation-gateway`. Each command imports what it needs when it runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gateway.config import Config

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
    from gateway import app

    with _told():
        app.serve(config)


@main.command()
@click.option("--listen", default="127.0.0.1:8080", show_default=True, help="host:port; 0: any.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Kept between runs.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON, for scripts.")
def demo(listen: str, data_dir: Path | None, as_json: bool) -> None:
    """Run a small CRM with the gateway in front of it, to try everything."""
    from gateway import app
    from gateway.demo import run

    app.log_as_json()
    with _told():
        run.main(
            listen=listen,
            data_dir=data_dir,
            as_json=as_json,
            serve=lambda path, public, ops: app.serve_on(_load(path, {}), public, ops),
            open_socket=app.listening,
        )


@main.group()
def config() -> None:
    """Check and describe the config file."""


@config.command()
@_file
def validate(path: Path) -> None:
    """Tell every fault of the config, of the environment and of the files that the config names."""
    said = _load(path)
    faults = list(_faults_of_files(said))
    if faults:
        raise click.ClickException("\n".join(faults))
    click.echo(f"{path} is valid")


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
    from gateway.audit.reader import read
    from gateway.store.client import connect
    from gateway.store.embedded import EmbeddedStore

    embedded = config.store.url == "embedded"
    url = EmbeddedStore(config.data_dir).url if embedded else config.store.url
    store = await connect(url, timeout=config.audit.timeout)
    try:
        async for entry in read(store, config.audit.shards, follow=follow):
            click.echo(entry.line)
    finally:
        await store.aclose()


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
