"""Second persons: approvals, and reviews of broken glass."""

from __future__ import annotations

from typing import Self

from aiohttp import web

from gateway.console.api.endpoint import ApiEndpoint, Endpoint
from gateway.console.api.sessions import POLICY_CODES, REASON_CODES, TICKET_CODES
from gateway.console.api.shapes import Answer, Body, Reason, Ticket, Time, Workflow
from gateway.console.approval_values import Approval, BrokenGlass, State, Verdict, Whom
from gateway.console.desk import SignedIn
from gateway.console.fields import json_of, one_line
from gateway.console.json_answer import json_response
from gateway.console.routing import Visit
from gateway.console.services import ConsoleServices
from gateway.console.start import REASON_MAX_LENGTH, TICKET_MAX_LENGTH, tidy
from gateway.console.values import MoreOrder, StartOrder
from gateway.console.wording import timestamp
from gateway.errors import ClientError
from gateway.model import Actor, Mode


class ApprovalBody(Body, frozen=True, kw_only=True):
    """What approval is asked for: a start, or a live session that is to be raised."""

    reason: Reason
    site: str = ""
    subject: str = ""
    mode: Mode = Mode.READ_WRITE
    ticket: Ticket = ""
    workflow: Workflow = ""
    session: str = ""


class DecisionBody(Body, frozen=True, kw_only=True):
    """Why a request is decided so; a refusal needs it."""

    why: Reason = ""


class ReviewBody(Body, frozen=True, kw_only=True):
    """What somebody found who looked into a session that broke the glass."""

    verdict: Verdict
    why: Reason


class AskedApproval(Answer, frozen=True, kw_only=True):
    """What an operator asked a second person for.

    `session`: the live session that is to change things; empty for one that is to start. `until`:
    when it waits no more, and of an approval when it can be used no more. `by`, `why` and
    `decided_at`: who decided, why and when. `used_by`: the session that it was used for.
    """

    id: str
    operator: Actor
    site: str
    subject: Whom
    mode: Mode
    reason: str
    ticket: str
    workflow: str
    session: str
    asked_at: Time
    until: Time
    state: State
    by: Actor | None
    why: str
    decided_at: Time | None
    used_by: str

    @classmethod
    def of(cls, approval: Approval) -> Self:
        """Give a request as the API shows it, without the address of who decided."""
        return cls(
            id=approval.id,
            operator=approval.operator,
            site=approval.site,
            subject=approval.subject,
            mode=approval.mode,
            reason=approval.reason,
            ticket=approval.ticket,
            workflow=approval.workflow,
            session=approval.session,
            asked_at=timestamp(approval.asked_at),
            until=timestamp(approval.until),
            state=approval.state,
            by=approval.by,
            why=approval.why,
            decided_at=timestamp(approval.decided_at) if approval.decided_at else None,
            used_by=approval.used_by,
        )


class AskedApprovals(Answer, frozen=True, kw_only=True):
    """One's own requests and those that one may decide, those that wait first."""

    approvals: tuple[AskedApproval, ...]


class Review(Answer, frozen=True, kw_only=True):
    """A session that broke the glass; `verdict` is null until somebody looked into it."""

    session: str
    operator: Actor
    site: str
    subject: Whom
    mode: Mode
    reason: str
    ticket: str
    at: Time
    verdict: Verdict | None
    by: Actor | None
    why: str
    reviewed_at: Time | None

    @classmethod
    def of(cls, broken: BrokenGlass) -> Self:
        """Give a session that broke the glass as the API shows it."""
        return cls(
            session=broken.session,
            operator=broken.operator,
            site=broken.site,
            subject=broken.subject,
            mode=broken.mode,
            reason=broken.reason,
            ticket=broken.ticket,
            at=timestamp(broken.at),
            verdict=broken.verdict,
            by=broken.by,
            why=broken.why,
            reviewed_at=timestamp(broken.reviewed_at) if broken.reviewed_at else None,
        )


class Reviews(Answer, frozen=True, kw_only=True):
    """Sessions that broke the glass, the open ones first."""

    reviews: tuple[Review, ...]


async def listed(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """List the requests."""
    found = await services.approvals.listed(signed_in.operator, visit.arrival.client)
    return json_response(AskedApprovals(approvals=tuple(map(AskedApproval.of, found))))


async def request(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Ask for the approval of a start, or for that of raising a session."""
    body = await json_of(visit.request, ApprovalBody)
    client, operator = visit.arrival.client, signed_in.operator
    if body.session:
        if body.site or body.subject:
            raise ClientError("bad_fields", "Give a session, or a site and a subject.")
        more = MoreOrder(
            session=body.session,
            reason=one_line(body.reason, REASON_MAX_LENGTH),
            ticket=one_line(body.ticket, TICKET_MAX_LENGTH),
        )
        asked = await services.sessions.request_approval(operator, more, client)
    else:
        order = StartOrder(
            site=body.site,
            subject=body.subject,
            mode=body.mode,
            reason=body.reason,
            ticket=body.ticket,
            workflow=body.workflow,
        )
        asked = await services.approvals.request(operator, tidy(order), client)
    response = json_response(AskedApproval.of(asked), status=201)
    response.headers["Location"] = f"{services.prefix}api/approvals/{asked.id}"
    return response


async def show(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Give one request."""
    found = await services.approvals.find(
        signed_in.operator, visit.named["id"], visit.arrival.client
    )
    return json_response(AskedApproval.of(found))


async def approve(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Approve a request."""
    return await _decide(services, visit, signed_in, "approved")


async def refuse(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Refuse a request, for a reason."""
    return await _decide(services, visit, signed_in, "refused")


async def withdraw(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Take one's own request back."""
    return await _decide(services, visit, signed_in, "withdrawn")


async def reviews(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """List the sessions that broke the glass."""
    found = await services.glass.listed(signed_in.operator, visit.arrival.client)
    return json_response(Reviews(reviews=tuple(map(Review.of, found))))


async def review(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Say what one found in a session that broke the glass."""
    body = await json_of(visit.request, ReviewBody)
    reviewed = await services.glass.review(
        signed_in.operator,
        visit.named["id"],
        body.verdict,
        one_line(body.why, REASON_MAX_LENGTH),
        visit.arrival.client,
    )
    return json_response(Review.of(reviewed))


async def _decide(
    services: ConsoleServices, visit: Visit, signed_in: SignedIn, state: State
) -> web.Response:
    body = await json_of(visit.request, DecisionBody)
    why = one_line(body.why, REASON_MAX_LENGTH)
    decided = await services.approvals.decide(
        signed_in.operator, visit.named["id"], state, why, visit.arrival.client
    )
    return json_response(AskedApproval.of(decided))


_GIVEN, _EMPTY = {"minLength": 1}, {"maxLength": 0}
_SESSION_OR_START = {
    "oneOf": [
        {
            "required": ["session"],
            "properties": {"session": _GIVEN, "site": _EMPTY, "subject": _EMPTY},
        },
        {
            "required": ["site", "subject"],
            "properties": {"session": _EMPTY, "site": _GIVEN, "subject": _GIVEN},
        },
    ]
}
_DECIDED = {404: ("no_such_approval",), 409: ("decided_already",)}

ENDPOINTS: tuple[ApiEndpoint, ...] = (
    Endpoint(
        "GET",
        "approvals",
        listed,
        "List the requests for approval",
        "approvals",
        answer=AskedApprovals,
    ),
    Endpoint(
        "POST",
        "approvals",
        request,
        "Ask a second person for approval",
        "approvals",
        body=ApprovalBody,
        answer=AskedApproval,
        status=201,
        location=True,
        rules=_SESSION_OR_START,
        problems={
            403: (*POLICY_CODES, "not_your_session"),
            404: ("unknown_site", "unknown_subject", "unknown_workflow", "session_not_live"),
            409: ("approval_not_needed", "too_many_requests_wait", "changes_already"),
            422: (*REASON_CODES, *TICKET_CODES),
            503: ("ticket_unchecked",),
        },
    ),
    Endpoint(
        "GET",
        "approvals/{id}",
        show,
        "Show a request for approval",
        "approvals",
        answer=AskedApproval,
        problems={404: ("no_such_approval",)},
    ),
    Endpoint(
        "POST",
        "approvals/{id}/approve",
        approve,
        "Approve a request",
        "approvals",
        body=DecisionBody,
        answer=AskedApproval,
        problems=_DECIDED | {403: ("own_approval", "not_permitted", "forbidden_by_policy")},
    ),
    Endpoint(
        "POST",
        "approvals/{id}/refuse",
        refuse,
        "Refuse a request",
        "approvals",
        body=DecisionBody,
        answer=AskedApproval,
        problems=_DECIDED
        | {
            403: ("own_approval", "not_permitted", "forbidden_by_policy"),
            422: ("reason_missing",),
        },
    ),
    Endpoint(
        "POST",
        "approvals/{id}/withdraw",
        withdraw,
        "Withdraw a request of one's own",
        "approvals",
        body=DecisionBody,
        answer=AskedApproval,
        problems=_DECIDED | {403: ("not_your_request",)},
    ),
    Endpoint(
        "GET",
        "reviews",
        reviews,
        "List the sessions that broke the glass",
        "approvals",
        answer=Reviews,
    ),
    Endpoint(
        "POST",
        "reviews/{id}",
        review,
        "Review a session that broke the glass",
        "approvals",
        body=ReviewBody,
        answer=Review,
        problems={
            403: ("own_review", "not_permitted", "forbidden_by_policy"),
            404: ("no_such_review",),
            409: ("reviewed_already", "changed_meanwhile"),
            422: ("reason_missing",),
        },
    ),
)
