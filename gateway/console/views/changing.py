"""Changing one's own session that lives: raising it to change things, lowering it, extending it.

The bar links here, with the address of the app's page in `back`; the page leads back to it. An
address that is not one of the session's own leads to the console instead (threat 45).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from gateway.console.desk import SignedIn
from gateway.console.fields import one_line
from gateway.console.pages import see_other
from gateway.console.refusal import Refusal
from gateway.console.refusing import OnRecord
from gateway.console.routing import Visit
from gateway.console.start import REASON_MAX_LENGTH, TICKET_MAX_LENGTH
from gateway.console.values import MoreOrder
from gateway.console.views.helping import helped_by
from gateway.console.views.sheet import Sheet
from gateway.errors import Refused
from gateway.model import Mode, Session
from gateway.policy.reasons import joined


@dataclass(frozen=True, slots=True)
class ChangingViews:
    """The pages that raise and extend a session, and their forms."""

    sheet: Sheet

    async def show_raise(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """Ask why things are to be changed."""
        return await self._page(visit, signed_in, "raise.html", visit.query)

    async def show_extend(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """Ask why it is to last longer."""
        return await self._page(visit, signed_in, "extend.html", visit.query)

    async def elevate(
        self, visit: Visit, signed_in: SignedIn, fields: Mapping[str, str]
    ) -> web.Response:
        """Raise it and go back to the app."""
        sessions, client = self.sheet.services.sessions, visit.arrival.client
        order = _order(visit, fields)

        def work() -> Awaitable[object]:
            return sessions.elevate(signed_in.operator, order, client)

        return await self._done(visit, signed_in, "raise.html", fields, work)

    async def extend(
        self, visit: Visit, signed_in: SignedIn, fields: Mapping[str, str]
    ) -> web.Response:
        """Extend it; its page says so, and the app's own is as it was in the tab that it has."""
        sessions, client = self.sheet.services.sessions, visit.arrival.client
        order = _order(visit, fields)

        def work() -> Awaitable[object]:
            return sessions.extend(signed_in.operator, order, client)

        query = urlencode({"back": fields.get("back", ""), "done": "extended"})
        return await self._done(visit, signed_in, "extend.html", fields, work, f"?{query}")

    async def lower(
        self, visit: Visit, signed_in: SignedIn, fields: Mapping[str, str]
    ) -> web.Response:
        """Let it change nothing any more, and go back to the app."""
        sessions, client = self.sheet.services.sessions, visit.arrival.client

        def work() -> Awaitable[object]:
            return sessions.lower(signed_in.operator, visit.named["id"], client)

        return await self._done(visit, signed_in, "raise.html", fields, work)

    async def ask(
        self, visit: Visit, signed_in: SignedIn, fields: Mapping[str, str]
    ) -> web.Response:
        """Ask a second person to let it be raised."""
        sessions, client = self.sheet.services.sessions, visit.arrival.client
        work = sessions.request_approval(signed_in.operator, _order(visit, fields), client)
        try:
            await self.sheet.recorded(visit, signed_in, work)
        except OnRecord as refused:
            return await self._page(visit, signed_in, "raise.html", fields, refused.refusal)
        return see_other(f"{self.sheet.services.prefix}approvals?done=asked")

    async def _done(
        self,
        visit: Visit,
        signed_in: SignedIn,
        template: str,
        fields: Mapping[str, str],
        work: Callable[[], Awaitable[object]],
        then: str = "",
    ) -> web.Response:
        session = await self._own(visit, signed_in)
        try:
            await self.sheet.recorded(visit, signed_in, work())
        except OnRecord as refused:
            return await self._page(visit, signed_in, template, fields, refused.refusal)
        return see_other(f"{visit.path}{then}" if then else self._back(session, fields))

    async def _page(
        self,
        visit: Visit,
        signed_in: SignedIn,
        template: str,
        fields: Mapping[str, str],
        refusal: Refusal | None = None,
    ) -> web.Response:
        services = self.sheet.services
        session = await self._own(visit, signed_in)
        approval = None
        if fields.get("approval"):
            operator, client = signed_in.operator, visit.arrival.client
            approval = await services.approvals.find(operator, fields["approval"], client)
        reasons = services.reasons
        listed, added = reasons.parted(_reason(fields))
        site = next((card for card in services.sites.all() if card.name == session.site), None)
        back = fields.get("back", "")
        again = f"{visit.path}?{urlencode({'back': back})}"
        return self.sheet.show(
            visit,
            signed_in,
            template,
            {
                "session": session,
                "site": site.label if site else session.site,
                "profile": services.profiles[signed_in.operator.profile],
                "raised": session.mode_at(services.now()) is Mode.READ_WRITE,
                "back": back,
                "onward": self._back(session, fields),
                "done": fields.get("done", ""),
                "ticket": fields.get("ticket", session.ticket),
                "ticket_max_length": TICKET_MAX_LENGTH,
                "approval": approval,
                "reasons": reasons,
                "reason": {"listed": listed, "added": added},
                "reason_max_length": REASON_MAX_LENGTH - reasons.longest,
                "helped": helped_by(refusal, signed_in, services.prefix, again),
            },
            refusal=refusal,
            form_targets=services.origins(session),
        )

    async def _own(self, visit: Visit, signed_in: SignedIn) -> Session:
        operator, session_id = signed_in.operator, visit.named["id"]
        found = await self.sheet.services.sessions.find(operator, session_id, visit.arrival.client)
        if found is None or found.actor.id != operator.id:
            raise Refused(
                "session_not_live",
                "There is no live session of this id that is yours.",
                "Look at the list of sessions.",
                status=404,
                title="Not found",
            )
        return found

    def _back(self, session: Session, fields: Mapping[str, str]) -> str:
        """Where to go on: the app's page that `back` names, else the list of sessions."""
        services, back = self.sheet.services, fields.get("back", "")
        try:
            asked = urlsplit(back)
        except ValueError:
            asked = urlsplit("")
        plain = back.isascii() and back.isprintable() and "\\" not in back
        if plain and f"{asked.scheme}://{asked.netloc}" in services.origins(session):
            return back
        return services.prefix


def _order(visit: Visit, fields: Mapping[str, str]) -> MoreOrder:
    return MoreOrder(
        session=visit.named["id"],
        reason=one_line(_reason(fields), REASON_MAX_LENGTH),
        ticket=one_line(fields.get("ticket", ""), TICKET_MAX_LENGTH),
        approval=fields.get("approval", ""),
    )


def _reason(fields: Mapping[str, str]) -> str:
    return joined(fields.get("listed", ""), fields.get("reason", ""))
