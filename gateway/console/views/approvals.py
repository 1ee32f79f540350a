"""Approvals: what waits for a second person, one's own requests, and broken glass to review."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import cast, get_args

from aiohttp import web

from gateway.console.approval_values import Approval, State, Verdict
from gateway.console.desk import SignedIn
from gateway.console.fields import one_line
from gateway.console.pages import see_other
from gateway.console.refusal import Refusal
from gateway.console.refusing import OnRecord
from gateway.console.routing import Visit
from gateway.console.start import REASON_MAX_LENGTH
from gateway.console.views.sheet import Sheet
from gateway.errors import ClientError
from gateway.texts import gettext as _


@dataclass(frozen=True, slots=True)
class ApprovalViews:
    """The page of approvals and its forms."""

    sheet: Sheet

    async def show(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """List what waits, what was decided, and what is to be reviewed."""
        return await self._page(visit, signed_in)

    async def decide(
        self, visit: Visit, signed_in: SignedIn, fields: Mapping[str, str]
    ) -> web.Response:
        """Approve or refuse a request, or withdraw one's own: `state` and `why`."""
        state, why = fields.get("state", ""), _why(fields)
        if state not in ("approved", "refused", "withdrawn"):
            raise ClientError("bad_fields", "A request is approved, refused or withdrawn.")
        approvals, client = self.sheet.services.approvals, visit.arrival.client
        work = approvals.decide(
            signed_in.operator, visit.named["id"], cast(State, state), why, client
        )
        return await self._done(visit, signed_in, work, state)

    async def review(
        self, visit: Visit, signed_in: SignedIn, fields: Mapping[str, str]
    ) -> web.Response:
        """Say what one found who looked into a session that broke the glass."""
        verdict, why = fields.get("verdict", ""), _why(fields)
        if verdict not in get_args(Verdict):
            raise ClientError("bad_fields", "A session is found justified or not justified.")
        glass, client = self.sheet.services.glass, visit.arrival.client
        work = glass.review(
            signed_in.operator, visit.named["id"], cast(Verdict, verdict), why, client
        )
        return await self._done(visit, signed_in, work, "reviewed")

    async def _done(
        self, visit: Visit, signed_in: SignedIn, work: Awaitable[object], done: str
    ) -> web.Response:
        try:
            await self.sheet.recorded(visit, signed_in, work)
        except OnRecord as refused:
            return await self._page(visit, signed_in, refused.refusal)
        return see_other(f"{self.sheet.services.prefix}approvals?done={done}")

    async def _page(
        self, visit: Visit, signed_in: SignedIn, refusal: Refusal | None = None
    ) -> web.Response:
        services, client = self.sheet.services, visit.arrival.client
        operator = signed_in.operator
        requests = await services.approvals.listed(operator, client)
        broken = await services.glass.listed(operator, client)
        waiting = [each for each in requests if each.state == "pending"]
        return self.sheet.show(
            visit,
            signed_in,
            "approvals.html",
            {
                "inbox": [each for each in waiting if each.operator.id != operator.id],
                "asked": [each for each in requests if _is_open_and_own(each, operator.id)],
                "decided": [
                    each
                    for each in requests
                    if each.state != "pending" and not _is_open_and_own(each, operator.id)
                ],
                "to_review": [each for each in broken if each.verdict is None],
                "reviewed": [each for each in broken if each.verdict is not None],
                "labels": {card.name: card.label for card in services.sites.all()},
                "states": state_words(),
                "said": _notices().get(visit.query.get("done", ""), ""),
                "why_max_length": REASON_MAX_LENGTH,
            },
            refusal=refusal,
        )


def state_words() -> Mapping[str, str]:
    """Say what became of a request."""
    return {
        "pending": _("waits"),
        "approved": _("approved"),
        "refused": _("refused"),
        "withdrawn": _("withdrawn"),
        "expired": _("ran out"),
        "used": _("used"),
    }


def _notices() -> Mapping[str, str]:
    return {
        "asked": _("It was asked for. Whoever may approve it sees it on this page."),
        "approved": _("It is approved. Who asked may use it once."),
        "refused": _("It is refused. Who asked can read why."),
        "withdrawn": _("It is withdrawn."),
        "reviewed": _("What you found is on record."),
    }


def _is_open_and_own(approval: Approval, operator: str) -> bool:
    return approval.operator.id == operator and approval.state in ("pending", "approved")


def _why(fields: Mapping[str, str]) -> str:
    return one_line(fields.get("why", ""), REASON_MAX_LENGTH)
