"""Sessions: start, see, change and end them."""

from __future__ import annotations

from aiohttp import web

from gateway.console.api.endpoint import ApiEndpoint, Endpoint
from gateway.console.api.session_bodies import (
    ElevationBody,
    ExtensionBody,
    LiveSession,
    LiveSessions,
    StartBody,
    StartedSession,
    TicketBody,
)
from gateway.console.desk import SignedIn
from gateway.console.fields import json_of, one_line
from gateway.console.json_answer import done, json_response
from gateway.console.routing import Visit
from gateway.console.services import ConsoleServices
from gateway.console.start import REASON_MAX_LENGTH, TICKET_MAX_LENGTH, start_on_record
from gateway.console.values import MoreOrder
from gateway.console.wording import timestamp
from gateway.errors import Refused


async def listed(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """List the live sessions that this operator may see."""
    live = await services.sessions.live(signed_in.operator, visit.arrival.client)
    return json_response(LiveSessions(sessions=tuple(map(LiveSession.of, live))))


async def start(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Start a session; the answer has the address that enters it."""
    body = await json_of(visit.request, StartBody)
    order = body.order()
    started = await start_on_record(services, visit, signed_in.operator, order, body.account)
    session = started.session
    said = StartedSession(
        id=session.id, enter_url=started.enter_url, expires_at=timestamp(session.expires_at)
    )
    response = json_response(said, status=201)
    response.headers["Location"] = f"{services.prefix}api/sessions/{session.id}"
    return response


async def show(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Give one live session."""
    found = await services.sessions.find(
        signed_in.operator, visit.named["id"], visit.arrival.client
    )
    if found is None:
        raise Refused(
            "session_not_live",
            "There is no live session of this id that you may see.",
            "List the live ones with `GET api/sessions`.",
            status=404,
            title="Not found",
        )
    return json_response(LiveSession.of(found))


async def end(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """End a session; when this answers, no byte passes in it any more (law 9)."""
    await services.sessions.end(signed_in.operator, visit.named["id"], visit.arrival.client)
    return done()


async def elevate(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Let a look-only session change things for some minutes."""
    body = await json_of(visit.request, ElevationBody)
    order = MoreOrder(
        session=visit.named["id"],
        reason=one_line(body.reason, REASON_MAX_LENGTH),
        ticket=one_line(body.ticket, TICKET_MAX_LENGTH),
        approval=body.approval,
    )
    client = visit.arrival.client
    session = await services.sessions.elevate(signed_in.operator, order, client)
    return json_response(LiveSession.of(session))


async def lower(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Let a session change nothing any more."""
    await services.sessions.lower(signed_in.operator, visit.named["id"], visit.arrival.client)
    return done()


async def extend(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Let a session last longer."""
    body = await json_of(visit.request, ExtensionBody)
    reason = one_line(body.reason, REASON_MAX_LENGTH)
    order = MoreOrder(session=visit.named["id"], reason=reason)
    client = visit.arrival.client
    session = await services.sessions.extend(signed_in.operator, order, client)
    return json_response(LiveSession.of(session))


async def ticket_changed(
    services: ConsoleServices, visit: Visit, _signed_in: SignedIn
) -> web.Response:
    """Look a ticket up again; sessions that it no longer lets be have ended then."""
    body = await json_of(visit.request, TicketBody)
    await services.sessions.ticket_changed(one_line(body.ticket, TICKET_MAX_LENGTH))
    return done()


REASON_CODES = ("reason_missing", "reason_not_listed")
TICKET_CODES = ("ticket_malformed", "ticket_unknown")
POLICY_CODES = (
    "not_permitted",
    "forbidden_by_policy",
    "account_unknown",
    "profile_unknown",
    "policy_failed",
    "protected_user",
    "oneself",
    "ticket_missing",
    "ticket_not_usable",
    "not_as_account",
)
_SOMEBODY = {"minLength": 1}
_NOBODY = {"maxLength": 0}
ONE_OF_BOTH = {
    "oneOf": [
        {"required": [said], "properties": {said: _SOMEBODY, other: _NOBODY}}
        for said, other in (("subject", "account"), ("account", "subject"))
    ]
}
_NOT_LIVE = {404: ("session_not_live",)}
_NOT_YOURS = ("not_your_session",)

ENDPOINTS: tuple[ApiEndpoint, ...] = (
    Endpoint(
        "POST",
        "sessions",
        start,
        "Start a session",
        "sessions",
        body=StartBody,
        answer=StartedSession,
        status=201,
        location=True,
        rules=ONE_OF_BOTH,
        problems={
            403: (
                *POLICY_CODES,
                "already_acting",
                "approval_unusable",
                "no_glass_to_break",
                "glass_unreviewed",
                "no_longer_allowed",
            ),
            404: ("unknown_site", "unknown_subject", "no_house_contact", "unknown_workflow"),
            409: ("starting_elsewhere",),
            422: (*REASON_CODES, *TICKET_CODES, "bad_length", "return_to_elsewhere"),
            503: ("ticket_unchecked", "cannot_tell_account"),
        },
    ),
    Endpoint(
        "GET",
        "sessions",
        listed,
        "List the live sessions",
        "sessions",
        answer=LiveSessions,
    ),
    Endpoint(
        "GET",
        "sessions/{id}",
        show,
        "Show a live session",
        "sessions",
        answer=LiveSession,
        problems=_NOT_LIVE,
    ),
    Endpoint(
        "DELETE",
        "sessions/{id}",
        end,
        "End a session",
        "sessions",
        status=204,
        problems=_NOT_LIVE | {503: ("workers_silent",)},
    ),
    Endpoint(
        "POST",
        "sessions/{id}/elevation",
        elevate,
        "Raise a session, to change things",
        "sessions",
        body=ElevationBody,
        answer=LiveSession,
        problems={
            403: (*POLICY_CODES, *_NOT_YOURS, "approval_unusable", "no_longer_allowed"),
            404: ("session_not_live",),
            409: ("changes_already",),
            422: (*REASON_CODES, *TICKET_CODES),
            503: ("ticket_unchecked",),
        },
    ),
    Endpoint(
        "DELETE",
        "sessions/{id}/elevation",
        lower,
        "Lower a session, to change nothing any more",
        "sessions",
        status=204,
        problems=_NOT_LIVE | {403: _NOT_YOURS, 503: ("workers_silent",)},
    ),
    Endpoint(
        "POST",
        "sessions/{id}/extension",
        extend,
        "Extend a session",
        "sessions",
        body=ExtensionBody,
        answer=LiveSession,
        problems={
            403: (*POLICY_CODES, *_NOT_YOURS, "no_longer_allowed"),
            404: ("session_not_live",),
            409: ("lasts_long_enough", "cannot_last_longer"),
            422: REASON_CODES,
            503: ("ticket_unchecked",),
        },
    ),
    Endpoint(
        "POST",
        "tickets/changed",
        ticket_changed,
        "Tell that a ticket changed at the desk",
        "sessions",
        body=TicketBody,
        status=204,
        problems={503: ("workers_silent",)},
    ),
)
