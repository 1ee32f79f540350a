"""Operators ask users to allow acting."""

from __future__ import annotations

from aiohttp import web

from gateway.console.api.endpoint import ApiEndpoint, Endpoint
from gateway.console.api.shapes import WHY_MAX_LENGTH, Body, Why
from gateway.console.consent_services import AskedUser, AskOrder
from gateway.console.desk import SignedIn
from gateway.console.fields import json_of, one_line
from gateway.console.json_answer import json_response
from gateway.console.routing import Visit
from gateway.console.services import ConsoleServices


class AskBody(Body, frozen=True, kw_only=True):
    """Whom an operator asks to allow acting, and why."""

    site: str
    subject: str
    why: Why


async def ask(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Ask a user to allow acting."""
    body = await json_of(visit.request, AskBody)
    why = one_line(body.why, WHY_MAX_LENGTH)
    order = AskOrder(site=body.site, subject=body.subject, why=why)
    asked = await services.asks.ask(signed_in.operator, order, visit.arrival.client)
    return json_response(asked, status=201)


ENDPOINTS: tuple[ApiEndpoint, ...] = (
    Endpoint(
        "POST",
        "consents",
        ask,
        "Ask a user to allow acting",
        "consents",
        body=AskBody,
        answer=AskedUser,
        status=201,
        problems={
            403: ("not_permitted", "forbidden_by_policy"),
            404: ("unknown_site", "unknown_subject", "consent_not_asked_for"),
            409: ("consent_no_help",),
            422: ("reason_missing",),
            429: ("asked_already",),
        },
    ),
)
