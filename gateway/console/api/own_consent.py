"""The same as the page for users, on the app's hosts, for apps that have a page of their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

import msgspec
from aiohttp import web

from gateway.console.api.endpoint import Endpoint, query_as
from gateway.console.api.shapes import Answer, Body, Query, Time, Whole
from gateway.console.consent_services import Came, ConsentServices, Recognise, Recognised
from gateway.console.consent_token import UserTokens
from gateway.console.desk import TOKEN_HEADER
from gateway.console.fields import json_of
from gateway.console.guard import check_origin, check_own_page
from gateway.console.json_answer import json_response
from gateway.console.routing import Visit
from gateway.console.wording import timestamp


class BeforeQuery(Query, frozen=True, kw_only=True):
    """Sessions before the one of this id; empty for the last ones."""

    before: str = ""


class AllowBody(Body, frozen=True, kw_only=True):
    """For how many hours from now acting is allowed, 1 to 168."""

    hours: Annotated[Whole, msgspec.Meta(extra_json_schema={"minimum": 1, "maximum": 168})]


class AskingUser(Answer, frozen=True, kw_only=True):
    """The user who asks."""

    id: str
    name: str
    email: str


class AskedBy(Answer, frozen=True, kw_only=True):
    """An operator who asked the user to allow it."""

    name: str
    why: str
    at: Time


class Consent(Answer, frozen=True, kw_only=True):
    """How it stands; `until` is null where nothing is allowed, `token` is for the next change."""

    user: AskingUser
    asks_first: bool
    until: Time | None
    asked: tuple[AskedBy, ...]
    token: str


class ConsentAndSessions(Consent, frozen=True, kw_only=True):
    """How it stands, and the sessions for the user; `earlier`: there are more before them."""

    sessions: tuple[Came, ...]
    earlier: bool


@dataclass(frozen=True, slots=True)
class ConsentApi:
    """What answers under `api/consent` on the app's own hosts."""

    services: ConsentServices
    recognise: Recognise
    tokens: UserTokens

    async def show(self, visit: Visit) -> web.Response:
        """Say how it stands, and who came."""
        check_origin(visit.request, visit.arrival.origin)
        before = query_as(visit, BeforeQuery).before
        caller = await self.recognise()
        history = await self.services.histories.of(caller, before)
        said = await self._said(caller)
        return json_response(
            ConsentAndSessions(
                **{name: getattr(said, name) for name in said.__struct_fields__},
                sessions=history.sessions,
                earlier=history.earlier,
            )
        )

    async def allow(self, visit: Visit) -> web.Response:
        """Allow it from now on."""
        check_own_page(visit.request, visit.arrival.origin)
        caller = await self._checked(visit)
        body = await json_of(visit.request, AllowBody)
        await self.services.consents.allow(caller, int(body.hours), visit.arrival.client)
        return json_response(await self._said(caller))

    async def withdraw(self, visit: Visit) -> web.Response:
        """Take it back; what needed the consent has ended then."""
        check_own_page(visit.request, visit.arrival.origin)
        caller = await self._checked(visit)
        await self.services.consents.withdraw(caller, visit.arrival.client)
        return json_response(await self._said(caller))

    async def _checked(self, visit: Visit) -> Recognised:
        caller = await self.recognise()
        given = visit.request.headers.get(TOKEN_HEADER, "")
        self.tokens.check(given, caller, self.services.now())
        return caller

    async def _said(self, caller: Recognised) -> Consent:
        allowed = await self.services.consents.of(caller)
        user = caller.user
        return Consent(
            user=AskingUser(id=user.id, name=user.name, email=user.email),
            asks_first=allowed.asks_first,
            until=timestamp(allowed.until) if allowed.until else None,
            asked=tuple(
                AskedBy(name=each.name, why=each.why, at=timestamp(each.at))
                for each in allowed.asked
            ),
            token=self.tokens.make(caller, self.services.now()),
        )


OwnEndpoint = Endpoint[Callable[[ConsentApi, Visit], Awaitable[web.Response]]]

_PROBLEMS = {
    403: ("not_recognised", "consent_in_session", "consent_by_operator"),
    404: ("consent_not_here",),
    502: ("recognition_failed",),
}

ENDPOINTS: tuple[OwnEndpoint, ...] = (
    Endpoint(
        "GET",
        "consent",
        ConsentApi.show,
        "Show what one allows, and who came",
        "own consent",
        query=BeforeQuery,
        answer=ConsentAndSessions,
        problems=_PROBLEMS,
    ),
    Endpoint(
        "POST",
        "consent",
        ConsentApi.allow,
        "Allow acting",
        "own consent",
        body=AllowBody,
        answer=Consent,
        problems=_PROBLEMS | {422: ("bad_hours",)},
    ),
    Endpoint(
        "DELETE",
        "consent",
        ConsentApi.withdraw,
        "Take it back",
        "own consent",
        answer=Consent,
        problems=_PROBLEMS | {503: ("workers_silent",)},
    ),
)
