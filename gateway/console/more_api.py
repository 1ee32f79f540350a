"""The part of the JSON API that changes a session that lives."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from aiohttp import web

from gateway.console.api import session_json
from gateway.console.desk import SignedIn
from gateway.console.fields import json_of, one_line
from gateway.console.json_answer import json_response
from gateway.console.routing import Visit
from gateway.console.services import ConsoleServices
from gateway.console.start import REASON_MAX_LENGTH, TICKET_MAX_LENGTH
from gateway.console.values import MoreOrder


class ElevationBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST sessions/{id}/elevation`."""

    reason: str
    ticket: str = ""
    approval: str = ""


class ExtensionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST sessions/{id}/extension`."""

    reason: str


class TicketBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST tickets/changed`."""

    ticket: str


@dataclass(frozen=True, slots=True)
class MoreApi:
    """What answers under `api/sessions/{id}/`."""

    services: ConsoleServices

    async def elevate(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`{reason, ticket?, approval?}` -> the session, with `elevated_until`."""
        body = await json_of(visit.request, ElevationBody)
        order = MoreOrder(
            session=visit.named["id"],
            reason=one_line(body.reason, REASON_MAX_LENGTH),
            ticket=one_line(body.ticket, TICKET_MAX_LENGTH),
            approval=body.approval,
        )
        client = visit.arrival.client
        session = await self.services.sessions.elevate(signed_in.operator, order, client)
        return json_response(session_json(session))

    async def lower(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """204 when the session changes nothing any more."""
        client = visit.arrival.client
        await self.services.sessions.lower(signed_in.operator, visit.named["id"], client)
        return web.Response(status=204, headers={"Cache-Control": "no-store"})

    async def extend(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`{reason}` -> the session, with the new `expires_at`."""
        body = await json_of(visit.request, ExtensionBody)
        order = MoreOrder(
            session=visit.named["id"], reason=one_line(body.reason, REASON_MAX_LENGTH)
        )
        client = visit.arrival.client
        session = await self.services.sessions.extend(signed_in.operator, order, client)
        return json_response(session_json(session))

    async def ticket_changed(self, visit: Visit, _signed_in: SignedIn) -> web.Response:
        """`{ticket}` -> 204 when sessions that it no longer lets be have ended."""
        body = await json_of(visit.request, TicketBody)
        await self.services.sessions.ticket_changed(one_line(body.ticket, TICKET_MAX_LENGTH))
        return web.Response(status=204, headers={"Cache-Control": "no-store"})
