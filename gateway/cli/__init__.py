"""The command `impersonation-gateway`. Each command imports what it needs when it runs."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.audit import audit
from gateway.cli.common import config_file, load, told
from gateway.cli.config import config
from gateway.cli.learn import learn
from gateway.cli.notices import notices
from gateway.cli.people import people
from gateway.cli.policy import policy
from gateway.cli.users import users


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Act on behalf of an app's users: allowed, visible, limited and on record."""


@main.command()
@config_file
def serve(path: Path) -> None:
    """Run the gateway until it is told to stop."""
    config = load(path)
    from gateway.app import start

    with told():
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
    with told():
        run.main(
            listen=listen,
            data_dir=data_dir,
            as_json=as_json,
            serve=lambda path, public, ops: serve_on(load(path, {}), public, ops),
            open_socket=listening,
        )


@main.group()
def operators() -> None:
    """Manage the people who may sign in."""


@operators.command("hash")
@click.password_option(help="Asked for when left out.")
def hash_password(password: str) -> None:
    """Print a password's hash for the operators file."""
    from argon2 import PasswordHasher

    click.echo(PasswordHasher().hash(password))


@main.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version

    click.echo(version("impersonation-gateway"))


for group in (config, audit, learn, notices, people, policy, users):
    main.add_command(group)
