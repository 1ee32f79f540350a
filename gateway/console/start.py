"""Starting a session, for the page and for the API: what is asked for, and that it is on record."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from gateway.console.fields import one_line
from gateway.console.house_contact import house_contact_of
from gateway.console.refusing import recorded
from gateway.console.routing import Visit
from gateway.console.services import ConsoleServices
from gateway.console.values import Started, StartOrder
from gateway.errors import ClientError
from gateway.model import Mode, Operator
from gateway.policy.reasons import joined

REASON_MAX_LENGTH = 500
TICKET_MAX_LENGTH = 100
_DIGITS = 9
WORKFLOW_MAX_LENGTH = 63


async def start_on_record(
    services: ConsoleServices,
    visit: Visit,
    operator: Operator,
    order: StartOrder,
    account: str = "",
) -> Started:
    """Start a session, for the page and for the API.

    `account`, when not empty: for its house contact, whoever else the order names.

    Raises:
        OnRecord: it was refused; the record holds what was asked for.
    """
    client = visit.arrival.client

    if account:
        contact = house_contact_of(services, operator, order.site, account)
        subject = await recorded(services.records, visit, operator, contact, order)
        order = msgspec.structs.replace(order, subject=subject)
    started = services.sessions.start(operator, order, client)
    return await recorded(services.records, visit, operator, started, order)


def order_of(fields: Mapping[str, str]) -> StartOrder:
    """Read what a form or an address asks for.

    Raises:
        ClientError: `bad_fields`.
    """
    mode = fields.get("mode", Mode.READ_ONLY)
    if mode not in set(Mode):
        raise ClientError("bad_fields", "The mode is neither read_only nor read_write.")
    return tidy(
        StartOrder(
            site=fields.get("site", ""),
            subject=fields.get("subject", ""),
            mode=Mode(mode),
            reason=joined(fields.get("listed", ""), fields.get("reason", "")),
            ticket=fields.get("ticket", ""),
            approval=fields.get("approval", ""),
            break_glass=fields.get("break_glass") == "yes",
            workflow=fields.get("workflow", ""),
            return_to=fields.get("return_to", ""),
            minutes=_minutes(fields.get("minutes", "")),
        )
    )


def _minutes(said: str) -> int | None:
    if not said:
        return None
    if not (said.isascii() and said.isdigit() and len(said) < _DIGITS):
        raise ClientError("bad_fields", "The minutes are not a whole number.")
    return int(said)


def tidy(order: StartOrder) -> StartOrder:
    """Make the free texts of an order single lines without control characters.

    Raises:
        ClientError: `bad_fields`, when one is longer than its field.
    """
    return msgspec.structs.replace(
        order,
        reason=one_line(order.reason, REASON_MAX_LENGTH),
        ticket=one_line(order.ticket, TICKET_MAX_LENGTH),
        workflow=one_line(order.workflow, WORKFLOW_MAX_LENGTH),
    )
