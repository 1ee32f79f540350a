"""`notices …`: what people were to be told and could not be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.common import config_file, load, told

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gateway.notices.outbox import Dead, Outbox


@click.group()
def notices() -> None:
    """Look after the notices that were refused for good, or not taken for a day."""


_which = click.argument("which", nargs=-1)
_all = click.option("--all", "every", is_flag=True, help="All of them.")


@notices.command("list")
@config_file
def list_dead(path: Path) -> None:
    """Print them, a line of JSON each, the oldest first."""
    _of_dead(path, None, _show)


@notices.command()
@_which
@_all
@config_file
def retry(path: Path, which: tuple[str, ...], every: bool) -> None:
    """Let these be delivered after all: WHICH are their `position`."""
    _of_dead(path, _chosen(which, every), _retry)


@notices.command()
@_which
@_all
@config_file
def drop(path: Path, which: tuple[str, ...], every: bool) -> None:
    """Forget these: WHICH are their `position`."""
    _of_dead(path, _chosen(which, every), _drop)


def _chosen(which: tuple[str, ...], every: bool) -> frozenset[str] | None:
    if bool(which) == every:
        raise click.UsageError("say which, or --all")
    return None if every else frozenset(which)


def _of_dead(
    path: Path, which: frozenset[str] | None, do: Callable[[Outbox, Dead], Awaitable[str]]
) -> None:
    config = load(path)
    import asyncio

    from gateway.app.reading import opened
    from gateway.notices.outbox import Outbox

    async def go() -> set[str]:
        async with opened(config) as store:
            outbox = Outbox(store)
            left = set(which or ())
            for dead in await outbox.dead():
                if which is None or dead.position in which:
                    left.discard(dead.position)
                    click.echo(await do(outbox, dead))
            return left

    with told():
        missing = asyncio.run(go())
    if missing:
        raise click.ClickException(f"there is no dead notice {', '.join(sorted(missing))}")


async def _show(_: Outbox, dead: Dead) -> str:
    import json

    from gateway.audit.record import timestamp

    notice = dead.item.notice
    said = {
        "position": dead.position,
        "at": timestamp(dead.at),
        "why": dead.why,
        "way": dead.item.way,
        "to": dead.item.to,
        "notice": notice.id,
        "kind": notice.kind,
        "of": timestamp(notice.at),
    }
    return json.dumps(said)


async def _retry(outbox: Outbox, dead: Dead) -> str:
    from time import time

    there = await outbox.revive(dead, int(time() * 1000))
    return f"{dead.position} {'waits again' if there else 'is gone'}"


async def _drop(outbox: Outbox, dead: Dead) -> str:
    return f"{dead.position} {'is forgotten' if await outbox.drop(dead) else 'is gone'}"
