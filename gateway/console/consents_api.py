"""The part of the JSON API by which operators ask users to allow acting."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from aiohttp import web

from gateway.console.accounts_api import WHY_MAX_LENGTH
from gateway.console.consent_services import AskOrder
from gateway.console.desk import SignedIn
from gateway.console.fields import json_of, one_line
from gateway.console.json_answer import json_response
from gateway.console.routing import Visit
from gateway.console.services import ConsoleServices


class AskBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST consents`."""

    site: str
    subject: str
    why: str


@dataclass(frozen=True, slots=True)
class ConsentsApi:
    """What answers under `api/consents`."""

    services: ConsoleServices

    async def ask(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """`{site, subject, why}` -> 201 `{page, told}`."""
        body = await json_of(visit.request, AskBody)
        order = AskOrder(
            site=body.site, subject=body.subject, why=one_line(body.why, WHY_MAX_LENGTH)
        )
        asked = await self.services.asks.ask(signed_in.operator, order, visit.arrival.client)
        return json_response(asked, status=201)
