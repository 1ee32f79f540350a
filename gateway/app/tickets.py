"""From the config to what checks the tickets that starts name."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from gateway import config
from gateway.audit.forward.http import fields_in
from gateway.errors import GatewayError
from gateway.people.ticket_desk import TicketDesk
from gateway.people.tickets import Lookups, Tickets
from gateway.policy.tickets.address import Address
from gateway.policy.tickets.conditions import Condition
from gateway.policy.tickets.lookup import Lookup, Shape
from gateway.policy.tickets.shows import Shows


def tickets_of(said: config.Ticket, now: Callable[[], int]) -> Tickets:
    """Build what checks tickets.

    Raises:
        GatewayError: `config`, the example does not match, or the file of fields cannot be used.
    """
    try:
        shape = None if said.pattern is None else Shape(said.pattern, said.example or "")
        return Tickets(shape, None if said.lookup is None else _lookups(said.lookup, now))
    except (ValueError, OSError) as fault:
        raise GatewayError("config", f"Tickets cannot be checked: {fault}.") from fault


def _lookups(said: config.Lookup, now: Callable[[], int]) -> Lookups:
    lookup = Lookup(
        Address(said.url),
        {name: _condition(each) for name, each in said.conditions.items()},
        said.require,
        Shows(said.shows.status or "", said.shows.asked_by or "", said.shows.asked_at or ""),
    )
    desk = TicketDesk(_fields(said), said.timeout)
    return Lookups(lookup, desk.get, said.keep, now=now, clock=time.monotonic)


def _condition(said: config.Condition) -> Condition:
    return Condition(said.at, said.one_of or (said.equals or "",))


def _fields(said: config.Lookup) -> Mapping[str, str]:
    if said.headers_file is None:
        return {}
    try:
        return fields_in(said.headers_file.read_text())
    except ValueError as fault:
        raise ValueError(f"{said.headers_file}: {fault}") from None
