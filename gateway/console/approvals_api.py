"""The part of the JSON API that is about second persons: approvals, and reviews of broken glass."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from aiohttp import web

from gateway.console.approval_values import Approval, BrokenGlass, State, Verdict
from gateway.console.desk import SignedIn
from gateway.console.fields import json_of, one_line
from gateway.console.json_answer import json_response
from gateway.console.routing import Visit
from gateway.console.services import ConsoleServices
from gateway.console.start import REASON_MAX_LENGTH, TICKET_MAX_LENGTH, tidy
from gateway.console.values import MoreOrder, StartOrder
from gateway.console.wording import timestamp
from gateway.errors import ClientError
from gateway.model import Mode


class AskBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST approvals`: a start, or a live session that is to be raised."""

    reason: str
    site: str = ""
    subject: str = ""
    mode: Mode = Mode.READ_WRITE
    ticket: str = ""
    workflow: str = ""
    session: str = ""


class WhyBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a decision."""

    why: str = ""


class ReviewBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST reviews/{id}`."""

    verdict: Verdict
    why: str


@dataclass(frozen=True, slots=True)
class ApprovalsApi:
    """What answers under `api/approvals` and `api/reviews`."""

    services: ConsoleServices

    async def listed(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`{approvals: [...]}`."""
        approvals = self.services.approvals
        found = await approvals.listed(signed_in.operator, visit.arrival.client)
        return json_response({"approvals": [_approval(each) for each in found]})

    async def request(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`{site, subject, mode, reason, ticket?}` or `{session, reason, ticket?}` -> 201."""
        body = await json_of(visit.request, AskBody)
        client, operator = visit.arrival.client, signed_in.operator
        if body.session:
            if body.site or body.subject:
                raise ClientError("bad_fields", "Give a session, or a site and a subject.")
            more = MoreOrder(
                session=body.session,
                reason=one_line(body.reason, REASON_MAX_LENGTH),
                ticket=one_line(body.ticket, TICKET_MAX_LENGTH),
            )
            asked = await self.services.sessions.request_approval(operator, more, client)
        else:
            order = StartOrder(
                site=body.site,
                subject=body.subject,
                mode=body.mode,
                reason=body.reason,
                ticket=body.ticket,
                workflow=body.workflow,
            )
            asked = await self.services.approvals.request(operator, tidy(order), client)
        response = json_response(_approval(asked), status=201)
        response.headers["Location"] = f"{self.services.prefix}api/approvals/{asked.id}"
        return response

    async def show(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """Give one request."""
        found = await self.services.approvals.find(
            signed_in.operator, visit.named["id"], visit.arrival.client
        )
        return json_response(_approval(found))

    async def approve(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`{why?}` -> the request, approved."""
        return await self._decide(visit, signed_in, "approved")

    async def refuse(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`{why}` -> the request, refused."""
        return await self._decide(visit, signed_in, "refused")

    async def withdraw(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`{}` -> the request, withdrawn."""
        return await self._decide(visit, signed_in, "withdrawn")

    async def reviews(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`{reviews: [...]}`: sessions that broke the glass."""
        found = await self.services.glass.listed(signed_in.operator, visit.arrival.client)
        return json_response({"reviews": [_broken(each) for each in found]})

    async def review(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`{verdict, why}` -> the session, reviewed."""
        body = await json_of(visit.request, ReviewBody)
        reviewed = await self.services.glass.review(
            signed_in.operator,
            visit.named["id"],
            body.verdict,
            one_line(body.why, REASON_MAX_LENGTH),
            visit.arrival.client,
        )
        return json_response(_broken(reviewed))

    async def _decide(self, visit: Visit, signed_in: SignedIn, state: State) -> web.Response:
        body = await json_of(visit.request, WhyBody)
        why = one_line(body.why, REASON_MAX_LENGTH)
        decided = await self.services.approvals.decide(
            signed_in.operator, visit.named["id"], state, why, visit.arrival.client
        )
        return json_response(_approval(decided))


def _approval(approval: Approval) -> dict[str, object]:
    told = msgspec.structs.asdict(approval)
    del told["by_address"]
    decided = timestamp(approval.decided_at) if approval.decided_at else None
    times = {"asked_at": timestamp(approval.asked_at), "until": timestamp(approval.until)}
    return told | times | {"decided_at": decided}


def _broken(broken: BrokenGlass) -> dict[str, object]:
    reviewed = timestamp(broken.reviewed_at) if broken.reviewed_at else None
    times = {"at": timestamp(broken.at), "reviewed_at": reviewed}
    return msgspec.structs.asdict(broken) | times
