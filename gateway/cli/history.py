"""`audit sessions`, `timeline`, `changes` and `exposure`: what happened, and to whom."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.choosing import choice_of
from gateway.cli.common import config_file, load, told

if TYPE_CHECKING:
    from gateway.audit.reading.choice import Choice
    from gateway.audit.reading.timeline import Step
    from gateway.config import Config

_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, a line each.")
_since = click.option("--since", help="From then on: 2026-11-22T05:00:00Z, 2026-11-22, 2h, 7d ago.")
_until = click.option("--until", help="Before then; a date is that whole day.")
_site = click.option("--site", help="Of this site.")
_account = click.option("--account", help="For users of this account.")


@click.command()
@config_file
@click.option("--last", default=20, show_default=True, type=click.IntRange(1), help="How many.")
@click.option("--actor", help="Who acted: an id or e-mail address.")
@click.option("--subject", help="For whom: an id, with --site; or an e-mail address.")
@_account
@_site
@_since
@_until
@_as_json
def sessions(path: Path, last: int, as_json: bool, **asked: Any) -> None:
    """Print the last sessions, the newest first: who, for whom, why, and how they ended."""
    choice = _choice(asked)
    config = load(path)
    import asyncio

    with told():
        asyncio.run(_print_sessions(config, choice, last, as_json=as_json))


@click.command()
@config_file
@click.argument("session")
@click.option("--changes", is_flag=True, help="Only what may have changed something.")
@click.option("--refused", is_flag=True, help="Only what was refused or failed.")
@click.option("--hidden", is_flag=True, help="Only where something was hidden.")
@_as_json
def timeline(path: Path, session: str, as_json: bool, **only: bool) -> None:
    """Print what happened in a session, the oldest first."""
    config = load(path)
    import asyncio

    from gateway.app.history import timeline

    with told():
        found = asyncio.run(timeline(config, session))
    if not found:
        raise click.ClickException(f"nothing is on record of a session {session}")
    wanted = [name for name, said in only.items() if said]
    for step in found:
        if all(getattr(step, name) for name in wanted):
            click.echo(_line(step, as_json=as_json, said=str))


@click.command()
@config_file
@click.option("--subject", help="Of this user, by id; with --site.")
@_account
@_site
@_since
@_until
@_as_json
def changes(path: Path, as_json: bool, **asked: Any) -> None:
    """Print the requests that may have changed something for a user or an account."""
    choice = _choice_of_whom(asked)
    config = load(path)
    import asyncio

    from gateway.app.history import changes

    with told():
        found = asyncio.run(changes(config, choice))
    for step in found:
        click.echo(_line(step, as_json=as_json, said=lambda step: f"{step} by {step.actor}"))


@click.command()
@config_file
@click.option("--subject", help="Of this user, by id; with --site.")
@_account
@_site
@_since
@_until
@_as_json
def exposure(path: Path, as_json: bool, **asked: Any) -> None:
    """Print who may have seen which hidden categories of a user or an account, and when."""
    choice = _choice_of_whom(asked)
    config = load(path)
    import asyncio
    import json
    from dataclasses import asdict

    from gateway.app.history import exposure

    with told():
        found = asyncio.run(exposure(config, choice))
    for sight in found:
        click.echo(json.dumps(asdict(sight)) if as_json else str(sight))


async def _print_sessions(config: Config, choice: Choice, most: int, *, as_json: bool) -> None:
    from gateway.app.history import last_sessions

    async for step in last_sessions(config, choice, most):
        click.echo(_line(step, as_json=as_json, said=lambda step: step.as_session))


def _choice(asked: dict[str, Any]) -> Choice:
    return choice_of({"kinds": (), **asked})


def _choice_of_whom(asked: dict[str, Any]) -> Choice:
    if not (asked["account"] or (asked["subject"] and asked["site"])):
        raise click.UsageError("say --account, or --site and --subject")
    return _choice(asked)


def _line(step: Step, *, as_json: bool, said: Callable[[Step], str]) -> str:
    if not as_json:
        return said(step)
    import json

    bodies = {"bodies": step.bodies} if step.bodies else {}
    return json.dumps({"told": step.told, "outcome": step.outcome, **bodies})
