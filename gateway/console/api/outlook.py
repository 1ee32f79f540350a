"""What a session would be like, before it starts."""

from __future__ import annotations

import msgspec
from aiohttp import web

from gateway.console.api.endpoint import ApiEndpoint, Endpoint
from gateway.console.api.session_bodies import StartBody
from gateway.console.api.sessions import ONE_OF_BOTH
from gateway.console.api.shapes import Answer, Time
from gateway.console.desk import SignedIn
from gateway.console.fields import json_of
from gateway.console.house_contact import house_contact_of
from gateway.console.json_answer import json_response
from gateway.console.outlook_values import ApprovalSeen, TicketSeen, Told, WaysOut
from gateway.console.routing import Visit
from gateway.console.services import ConsoleServices
from gateway.console.values import Outlook
from gateway.console.wording import timestamp
from gateway.errors import Refused
from gateway.model import Deny


class OutlookRefusal(Answer, frozen=True, kw_only=True):
    """Why it would not start. `helps`: what would, each by itself, all parts of one together."""

    code: str
    rule: str
    detail: str
    advice: str
    helps: tuple[tuple[str, ...], ...]


class OutlookWays(Answer, frozen=True, kw_only=True):
    """What would help where it would not start, by itself or with others of these.

    `asked_at`: the user was asked within the last hour.
    """

    read_only: bool
    ticket: bool
    approval: bool
    consent: bool
    asked_at: Time | None
    fresh_sign_in: bool
    end_other_session: bool
    break_glass: bool


class OutlookTicket(Answer, frozen=True, kw_only=True):
    """What the desk says of the ticket; empty, or null, where the config does not show it."""

    number: str
    status: str
    asked_by: str
    asked_at: Time | None


class OutlookApproval(Answer, frozen=True, kw_only=True):
    """Your own request for this start, `pending` or `approved`, until when, and by whom."""

    id: str
    state: str
    until: Time
    reason: str
    ticket: str
    by: str


class OutlookAnswer(Answer, frozen=True, kw_only=True):
    """What a session would be like; `refusal` is null where it would start.

    `hidden`, `revealed` and `capabilities` are names for people; `blocked`: what the site's rules
    refuse. `seconds`: how long it would last; `idle_seconds`: without use; `extended_seconds`: in
    all, when it is extended. `minutes`: lengths to choose from. `told`: who is told when it starts,
    with `addresses` for those who may see the account's preferences.
    """

    refusal: OutlookRefusal | None
    ways: OutlookWays
    hidden: tuple[str, ...]
    revealed: tuple[str, ...]
    blocked: tuple[str, ...]
    capabilities: tuple[str, ...]
    unenforced: str
    seconds: float
    idle_seconds: float
    extended_seconds: float
    minutes: tuple[int, ...]
    told: tuple[Told, ...]
    ticket: OutlookTicket | None
    approval: OutlookApproval | None


async def outlook(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Say what a start would give now; an empty reason is not held against it."""
    body = await json_of(visit.request, StartBody)
    order, operator = body.order(), signed_in.operator
    if body.account:
        subject = await house_contact_of(services, operator, order.site, body.account)
        order = msgspec.structs.replace(order, subject=subject)
    elif await services.sites.person(operator, order.site, order.subject) is None:
        raise _nobody(any(each.name == order.site for each in services.sites.all()))
    found = await services.sessions.outlook(operator, order, visit.arrival.client)
    return json_response(_said(found))


def _nobody(is_site: bool) -> Refused:
    title = "There is nobody to act for here"
    if is_site:
        why, advice = "The directory of this site does not know this person.", "Find them by name."
        return Refused("unknown_subject", why, advice, status=404, title=title)
    why, advice = "There is no such site.", "Choose one of the list."
    return Refused("unknown_site", why, advice, status=404, title=title)


def _said(found: Outlook) -> OutlookAnswer:
    return OutlookAnswer(
        refusal=None if found.refusal is None else _refusal(found.refusal),
        ways=_ways(found.ways),
        hidden=found.hidden,
        revealed=found.revealed,
        blocked=found.blocked,
        capabilities=found.capabilities,
        unenforced=found.unenforced,
        seconds=found.lifetime_ms / 1000,
        idle_seconds=found.idle_ms / 1000,
        extended_seconds=found.extended_ms / 1000,
        minutes=found.minutes,
        told=found.told,
        ticket=None if found.ticket is None else _ticket(found.ticket),
        approval=None if found.approval is None else _approval(found.approval),
    )


def _refusal(deny: Deny) -> OutlookRefusal:
    return OutlookRefusal(
        code=deny.code, rule=deny.rule, detail=deny.detail, advice=deny.advice, helps=deny.helps
    )


def _ways(ways: WaysOut) -> OutlookWays:
    return OutlookWays(
        read_only=ways.read_only,
        ticket=ways.ticket,
        approval=ways.approval,
        consent=ways.consent,
        asked_at=_time(ways.asked_at),
        fresh_sign_in=ways.fresh_sign_in,
        end_other_session=ways.end_other_session,
        break_glass=ways.break_glass,
    )


def _ticket(seen: TicketSeen) -> OutlookTicket:
    return OutlookTicket(
        number=seen.number,
        status=seen.status,
        asked_by=seen.asked_by,
        asked_at=_time(seen.asked_at),
    )


def _approval(seen: ApprovalSeen) -> OutlookApproval:
    return OutlookApproval(
        id=seen.id,
        state=seen.state,
        until=timestamp(seen.until),
        reason=seen.reason,
        ticket=seen.ticket,
        by=seen.by,
    )


def _time(at_ms: int) -> str | None:
    return timestamp(at_ms) if at_ms else None


ENDPOINTS: tuple[ApiEndpoint, ...] = (
    Endpoint(
        "POST",
        "outlook",
        outlook,
        "Look at what a session would be like",
        "sessions",
        body=StartBody,
        answer=OutlookAnswer,
        rules=ONE_OF_BOTH,
        problems={
            404: ("unknown_site", "unknown_subject", "no_house_contact", "unknown_workflow"),
            422: ("return_to_elsewhere",),
        },
    ),
)
