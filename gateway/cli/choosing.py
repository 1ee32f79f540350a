"""The options by which records are chosen, the same for every command that reads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from gateway.audit.reading.choice import Choice

_Command = TypeVar("_Command", bound=Callable[..., Any])

_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option("--since", help="From then on: 2026-11-22T05:00:00Z, 2026-11-22, 2h or 7d ago."),
    click.option("--until", help="Before then; a date is that whole day."),
    click.option("--session", help="Of this session."),
    click.option("--actor", help="Who acted: an id or e-mail address."),
    click.option("--subject", help="Acted for whom: an id or e-mail address."),
    click.option("--account", help="Acted for users of this account."),
    click.option("--site", help="Of this site."),
    click.option(
        "--kind", "kinds", multiple=True, help="Of this kind, or a beginning: request. Repeatable."
    ),
    click.option("--refused", is_flag=True, help="Only what was not allowed."),
)


def chosen(command: _Command) -> _Command:
    """Give a command the options; it gets them as keywords, for `choice_of`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def choice_of(asked: dict[str, Any]) -> Choice:
    """What the options mean now.

    Raises:
        click.UsageError: a time or a kind is none.
    """
    import time

    from gateway.audit.reading.choice import Choice, known_kind, moment

    now = int(time.time() * 1000)
    said = {name: value for name, value in asked.items() if value}
    try:
        if since := said.pop("since", None):
            said["since"] = moment(since, now)
        if until := said.pop("until", None):
            said["until"] = moment(until, now, end=True)
        said["kinds"] = tuple(map(known_kind, asked["kinds"]))
    except ValueError as fault:
        raise click.UsageError(str(fault)) from None
    return Choice(**said)
