"""The same as the page for users, for apps that have a page of their own."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from aiohttp import web

from gateway.console.consent_services import ConsentServices, Recognise, Recognised
from gateway.console.consent_token import UserTokens
from gateway.console.desk import TOKEN_HEADER
from gateway.console.fields import json_of
from gateway.console.guard import check_origin, check_own_page
from gateway.console.json_answer import json_response
from gateway.console.routing import Visit
from gateway.console.wording import timestamp


class AllowBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST consent`."""

    hours: int


@dataclass(frozen=True, slots=True)
class ConsentApi:
    """What answers under `api/consent` on the app's own hosts."""

    services: ConsentServices
    recognise: Recognise
    tokens: UserTokens

    async def show(self, visit: Visit) -> web.Response:
        """`?before=` -> `{user, asks_first, until, asked, token, sessions, earlier}`."""
        check_origin(visit.request, visit.arrival.origin)
        before = visit.query.get("before", "")
        caller = await self.recognise()
        history = await self.services.histories.of(caller, before)
        more = {"sessions": history.sessions, "earlier": history.earlier}
        return json_response(await self._said(caller) | more)

    async def allow(self, visit: Visit) -> web.Response:
        """`{hours}` -> `{user, asks_first, until, asked, token}`."""
        check_own_page(visit.request, visit.arrival.origin)
        caller = await self._checked(visit)
        body = await json_of(visit.request, AllowBody)
        await self.services.consents.allow(caller, body.hours, visit.arrival.client)
        return json_response(await self._said(caller))

    async def withdraw(self, visit: Visit) -> web.Response:
        """The same, when what needed the consent has ended."""
        check_own_page(visit.request, visit.arrival.origin)
        caller = await self._checked(visit)
        await self.services.consents.withdraw(caller, visit.arrival.client)
        return json_response(await self._said(caller))

    async def _checked(self, visit: Visit) -> Recognised:
        caller = await self.recognise()
        given = visit.request.headers.get(TOKEN_HEADER, "")
        self.tokens.check(given, caller, self.services.now())
        return caller

    async def _said(self, caller: Recognised) -> dict[str, object]:
        allowed = await self.services.consents.of(caller)
        user = caller.user
        return {
            "user": {"id": user.id, "name": user.name, "email": user.email},
            "asks_first": allowed.asks_first,
            "until": timestamp(allowed.until) if allowed.until else None,
            "asked": [
                {"name": each.name, "why": each.why, "at": timestamp(each.at)}
                for each in allowed.asked
            ],
            "token": self.tokens.make(caller, self.services.now()),
        }
