"""Looking back: sessions of the past and live ones, and what happened in one."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from msgspec import Meta

from gateway.console.api.endpoint import ApiEndpoint, Endpoint, query_as
from gateway.console.api.shapes import Query
from gateway.console.desk import SignedIn
from gateway.console.history_values import (
    HistoryQuestion,
    Only,
    PastSessions,
    Timeline,
    TimelineQuestion,
)
from gateway.console.json_answer import json_response
from gateway.console.routing import Visit
from gateway.console.services import ConsoleServices

Said = Annotated[str, Meta(max_length=200)]
"""An id or a name, or nothing."""
Cursor = Annotated[str, Meta(pattern=r"^([0-9]{1,15}-[0-9]{1,15}-[0-9]{1,4})?$")]
"""What an answer before said about where to go on."""


class HistoryQuery(Query, frozen=True, kw_only=True):
    """Which sessions; what is empty takes all. A user's id needs their site."""

    site: Said = ""
    account: Said = ""
    subject: Said = ""
    actor: Said = ""
    before: Cursor = ""
    limit: Annotated[int, Meta(ge=1, le=100)] = 20


class TimelineQuery(Query, frozen=True, kw_only=True):
    """Which part of a session's timeline; with no cursor its end."""

    only: Only = ""
    before: Cursor = ""
    after: Cursor = ""
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    totals: bool = True


async def recent(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """List the sessions on record that you may see, the newest first."""
    asked = query_as(visit, HistoryQuery)
    question = HistoryQuestion(
        site=asked.site,
        account=asked.account,
        subject=asked.subject,
        actor=asked.actor,
        before=asked.before,
        limit=asked.limit,
    )
    found = await services.histories.recent(signed_in.operator, question, visit.arrival.client)
    return json_response(found)


async def timeline(services: ConsoleServices, visit: Visit, signed_in: SignedIn) -> web.Response:
    """Give a part of what happened in a session, and all of it summed up.

    That somebody looks into the session of another is on record first.
    """
    asked = query_as(visit, TimelineQuery)
    question = TimelineQuestion(
        session=visit.named["id"],
        only=asked.only,
        before=asked.before,
        after=asked.after,
        limit=asked.limit,
        totals=asked.totals,
    )
    found = await services.histories.timeline(signed_in.operator, question, visit.arrival.client)
    return json_response(found)


ENDPOINTS: tuple[ApiEndpoint, ...] = (
    Endpoint(
        "GET",
        "history",
        recent,
        "List sessions of the past and live ones",
        "history",
        query=HistoryQuery,
        answer=PastSessions,
        problems={422: ("site_missing",)},
    ),
    Endpoint(
        "GET",
        "sessions/{id}/timeline",
        timeline,
        "See what happened in a session",
        "history",
        query=TimelineQuery,
        answer=Timeline,
        problems={404: ("session_not_on_record",)},
    ),
)
