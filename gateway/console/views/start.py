"""The start page: one person, and everything that is worth knowing before acting for them.

`start?site=…&subject=…` is an address that other tools may link to, with `workflow` and `return_to`
where a session is to be for one, and leaving leads back to them. With `account` instead of
`subject` it is for the account's house contact, and with `email` for the user of that address. It
fills the form and nothing more: a session starts by the form's POST alone (law 12). Where policies
want more than the form can give, the page says what, and asks others for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from gateway.console.consent_services import AskOrder
from gateway.console.desk import SignedIn
from gateway.console.home import all_targets
from gateway.console.house_contact import check_one, house_contact_of
from gateway.console.pages import see_other
from gateway.console.refusal import Refusal
from gateway.console.refusing import OnRecord
from gateway.console.routing import Visit
from gateway.console.start import (
    REASON_MAX_LENGTH,
    TICKET_MAX_LENGTH,
    order_of,
    start_on_record,
)
from gateway.console.values import Outlook, Person, SiteCard, StartOrder
from gateway.console.views.sheet import Sheet
from gateway.errors import Refused
from gateway.model import Mode

_T = TypeVar("_T")
_LIKE_AN_ADDRESS: Final = 20
"""Users that are looked at for one address: it finds those whose own begins so, the same first."""


@dataclass(frozen=True, slots=True)
class StartViews:
    """The start page and its forms."""

    sheet: Sheet

    async def show(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """Show the form for the person that the query names, or for an account's house contact."""
        order, account = order_of(visit.query), visit.query.get("account", "")
        if email := visit.query.get("email", ""):
            check_one(order.subject or account, email)
        if account:
            check_one(order.subject, account)
            services, operator = self.sheet.services, signed_in.operator
            subject = await house_contact_of(services, operator, order.site, account)
            order = msgspec.structs.replace(order, subject=subject)
        if email:
            subject = await self._offering_search(
                visit, signed_in, order.site, email, self._of_email(signed_in, order.site, email)
            )
            order = msgspec.structs.replace(order, subject=subject)
        whom = self._whom(signed_in, order)
        await self._offering_search(visit, signed_in, order.site, order.subject, whom)
        return await self._form(visit, signed_in, order)

    async def _offering_search(
        self, visit: Visit, signed_in: SignedIn, site: str, text: str, work: Awaitable[_T]
    ) -> _T:
        """Look somebody up; where there is nobody, the page has a link to a search for the text."""
        try:
            return await self.sheet.recorded(visit, signed_in, work)
        except OnRecord as refused:
            search = f"{self.sheet.services.prefix}?{urlencode({'site': site, 'q': text})}"
            raise OnRecord(msgspec.structs.replace(refused.refusal, search=search)) from refused

    async def _of_email(self, signed_in: SignedIn, site: str, email: str) -> str:
        """Give the id of the one user who has this address; capitals do not count."""
        found = await self.sheet.services.sites.search(
            signed_in.operator, site, email, _LIKE_AN_ADDRESS
        )
        wanted = email.casefold()
        ids = [each.user.id for each in found.people if each.user.email.casefold() == wanted]
        if len(ids) != 1:
            address = email[:254]
            raise Refused(
                "unknown_subject",
                f"The directory of this site knows several users with the e-mail address {address}."
                if ids
                else f"The directory of this site knows nobody with the e-mail address {address} "
                "whom you may see.",
                "Search for them, and choose one of the list.",
                status=404,
                title="There is nobody to act for here",
            )
        return ids[0]

    async def submit(
        self, visit: Visit, signed_in: SignedIn, fields: Mapping[str, str]
    ) -> web.Response:
        """Start a session and go into it; a refusal is shown above the form as it was filled in."""
        order = order_of(fields)
        try:
            started = await start_on_record(self.sheet.services, visit, signed_in.operator, order)
        except OnRecord as refused:
            return await self._form(visit, signed_in, order, refused.refusal)
        return see_other(started.enter_url)

    async def ask_approval(
        self, visit: Visit, signed_in: SignedIn, fields: Mapping[str, str]
    ) -> web.Response:
        """Ask a second person to approve the start that the form describes."""
        order = order_of(fields)
        approvals, client = self.sheet.services.approvals, visit.arrival.client
        work = approvals.request(signed_in.operator, order, client)
        done = await self._asked(visit, signed_in, order, work)
        if isinstance(done, web.Response):
            return done
        return see_other(f"{self.sheet.services.prefix}approvals?done=asked")

    async def ask_user(
        self, visit: Visit, signed_in: SignedIn, fields: Mapping[str, str]
    ) -> web.Response:
        """Ask the user to allow it; the reason of the form is what they read."""
        order = order_of(fields)
        ask = AskOrder(site=order.site, subject=order.subject, why=order.reason)
        work = self.sheet.services.asks.ask(signed_in.operator, ask, visit.arrival.client)
        done = await self._asked(visit, signed_in, order, work)
        if isinstance(done, web.Response):
            return done
        site, person = await self._whom(signed_in, order)
        values = {"asked": done, "person": person, "site": site, "back": self._address(order)}
        return self.sheet.show(visit, signed_in, "asked.html", values)

    async def _asked(
        self, visit: Visit, signed_in: SignedIn, order: StartOrder, work: Awaitable[_T]
    ) -> _T | web.Response:
        try:
            return await self.sheet.recorded(visit, signed_in, work)
        except OnRecord as refused:
            return await self._form(visit, signed_in, order, refused.refusal)

    async def _form(
        self, visit: Visit, signed_in: SignedIn, order: StartOrder, refusal: Refusal | None = None
    ) -> web.Response:
        services, client = self.sheet.services, visit.arrival.client
        operator = signed_in.operator
        site, person = await self._whom(signed_in, order)
        approval = None
        if order.approval:
            approval = await services.approvals.find(operator, order.approval, client)
            order = msgspec.structs.replace(order, reason=approval.reason, ticket=approval.ticket)
        orders = [msgspec.structs.replace(order, mode=mode) for mode in Mode]
        outlook = services.sessions.outlook
        found = await asyncio.gather(*(outlook(operator, each, client) for each in orders))
        outlooks: Mapping[Mode, Outlook] = dict(zip(Mode, found, strict=True))
        again = urlencode({"next": self._address(order)})
        own_form = signed_in.way == "password"
        listed, added = services.reasons.parted(order.reason)
        return self.sheet.show(
            visit,
            signed_in,
            "start.html",
            {
                "site": site,
                "person": person,
                "order": order,
                "approval": approval,
                "outlooks": outlooks,
                "sign_in": f"{services.prefix}sign-in?{again}" if own_form else "",
                "emergency": order.break_glass or any(each.ways.break_glass for each in found),
                "minutes": found[0].minutes,
                "reasons": services.reasons,
                "reason": {"listed": listed, "added": added},
                "reason_max_length": REASON_MAX_LENGTH - services.reasons.longest,
                "ticket": services.ticket,
                "ticket_max_length": TICKET_MAX_LENGTH,
                "other": f"{services.prefix}?{urlencode({'site': site.name})}",
            },
            refusal=refusal,
            form_targets=all_targets([site]),
        )

    async def _whom(self, signed_in: SignedIn, order: StartOrder) -> tuple[SiteCard, Person]:
        sites = self.sheet.services.sites
        person = await sites.person(signed_in.operator, order.site, order.subject)
        site = next((each for each in sites.all() if each.name == order.site), None)
        if person is None or site is None:
            user_id = order.subject[:256]
            raise Refused(
                "unknown_subject",
                f"The directory of this site knows nobody with the id {user_id} whom you may see.",
                "Find the person by name on the home page.",
                status=404,
                title="There is nobody to act for here",
            )
        return site, person

    def _address(self, order: StartOrder) -> str:
        """Give the address of this page with what was filled in but for the free text."""
        said = {
            "site": order.site,
            "subject": order.subject,
            "mode": order.mode.value,
            "ticket": order.ticket,
            "workflow": order.workflow,
            "return_to": order.return_to,
            "minutes": str(order.minutes or ""),
        }
        query = urlencode({name: value for name, value in said.items() if value})
        return f"{self.sheet.services.prefix}start?{query}"
