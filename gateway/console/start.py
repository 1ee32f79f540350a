"""The start page: one person, and everything that is worth knowing before acting for them.

`start?site=…&subject=…` is an address that other tools may link to, with `workflow` and `return_to`
where a session is to be for one, and leaving leads back to them. With `account` instead of
`subject` it is for the account's house contact. It fills the form and nothing more: a session
starts by the form's POST alone (law 12).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from gateway.console.desk import SignedIn
from gateway.console.fields import one_line
from gateway.console.home import all_targets
from gateway.console.house_contact import check_one, house_contact_of
from gateway.console.pages import Pages, see_other
from gateway.console.refusal import Refusal
from gateway.console.refusing import OnRecord, put_on_record
from gateway.console.routing import Visit
from gateway.console.services import ConsoleServices
from gateway.console.values import Started, StartOrder
from gateway.errors import ClientError, GatewayError, Refused
from gateway.model import Mode, Operator
from gateway.policy.reasons import joined

REASON_MAX_LENGTH = 500
TICKET_MAX_LENGTH = 100
_WORKFLOW_MAX_LENGTH = 63


@dataclass(frozen=True, slots=True)
class StartViews:
    """The start page and its form."""

    services: ConsoleServices
    pages: Pages

    async def show(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """Show the form for the person that the query names, or for an account's house contact."""
        order, account = _order(visit.query), visit.query.get("account", "")
        if account:
            check_one(order.subject, account)
            subject = await house_contact_of(self.services, signed_in.operator, order.site, account)
            order = msgspec.structs.replace(order, subject=subject)
        return await self._form(visit, signed_in, order)

    async def submit(
        self, visit: Visit, signed_in: SignedIn, fields: Mapping[str, str]
    ) -> web.Response:
        """Start a session and go into it; a refusal is shown above the form as it was filled in."""
        order = _order(fields)
        try:
            started = await start_on_record(self.services, visit, signed_in.operator, order)
        except OnRecord as refused:
            return await self._form(visit, signed_in, order, refused.refusal)
        return see_other(started.enter_url)

    async def _form(
        self, visit: Visit, signed_in: SignedIn, order: StartOrder, refusal: Refusal | None = None
    ) -> web.Response:
        operator = signed_in.operator
        person = await self.services.sites.person(operator, order.site, order.subject)
        site = next((s for s in self.services.sites.all() if s.name == order.site), None)
        if person is None or site is None:
            raise Refused(
                "unknown_subject",
                "The directory of this site does not know this person.",
                "Find the person by name on the home page.",
                status=404,
                title="There is nobody to act for here",
            )
        outlook, client = self.services.sessions.outlook, visit.arrival.client
        orders = [msgspec.structs.replace(order, mode=mode) for mode in Mode]
        found = await asyncio.gather(*(outlook(operator, each, client) for each in orders))
        reasons = self.services.reasons
        listed, added = reasons.parted(order.reason)
        return self.pages.respond(
            "start.html",
            {
                "signed_in": signed_in,
                "now": self.services.now(),
                "site": site,
                "person": person,
                "order": order,
                "outlooks": dict(zip(Mode, found, strict=True)),
                "reasons": reasons,
                "reason": {"listed": listed, "added": added},
                "reason_max_length": REASON_MAX_LENGTH - reasons.longest,
                "ticket": self.services.ticket,
                "ticket_max_length": TICKET_MAX_LENGTH,
                "refusal": refusal,
                "other": f"{self.services.prefix}?{urlencode({'site': site.name})}",
            },
            origin=visit.arrival.origin,
            status=refusal.status if refusal else 200,
            form_targets=all_targets([site]),
        )


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
    try:
        if account:
            subject = await house_contact_of(services, operator, order.site, account)
            order = msgspec.structs.replace(order, subject=subject)
        return await services.sessions.start(operator, order, client)
    except GatewayError as error:
        raise OnRecord(
            await put_on_record(
                services.records, error, visit.request, client, operator=operator, order=order
            )
        ) from error


def _order(fields: Mapping[str, str]) -> StartOrder:
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
            workflow=fields.get("workflow", ""),
            return_to=fields.get("return_to", ""),
        )
    )


def tidy(order: StartOrder) -> StartOrder:
    """Make the free texts of an order single lines without control characters.

    Raises:
        ClientError: `bad_fields`, when one is longer than its field.
    """
    return msgspec.structs.replace(
        order,
        reason=one_line(order.reason, REASON_MAX_LENGTH),
        ticket=one_line(order.ticket, TICKET_MAX_LENGTH),
        workflow=one_line(order.workflow, _WORKFLOW_MAX_LENGTH),
    )
