"""The page on which users say whether others may act for them, and see who did.

It stands on the app's own hosts, under the prefix. Looking changes nothing; each change asks anew
who the user is, where the request comes from, and for the token of the user's form.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from aiohttp import web

from gateway.console.api.own_consent import ENDPOINTS, ConsentApi
from gateway.console.consent_services import ConsentServices, Recognise, Recognised
from gateway.console.consent_token import UserTokens
from gateway.console.fields import form_of
from gateway.console.guard import check_own_page, check_window
from gateway.console.pages import Pages, see_other
from gateway.console.routing import Routes, Visit
from gateway.console.wording import end_words, named
from gateway.texts import gettext as _

HOURS: Final = (1, 4, 8, 24, 72, 168)
_USUAL: Final = 24
ConsentHandler = Callable[[web.BaseRequest, Recognise], Awaitable[web.StreamResponse]]
PATHS: Final = ("consent", "consent/withdraw", "api/consent")
"""What it serves, under the prefix."""


def create_consent_pages(services: ConsentServices) -> ConsentHandler:
    """Build the handler of `PATHS`. Whatever is refused, or in doubt, is for the caller to answer.

    Raises, when it is called: any `GatewayError`.
    """
    pages = Pages(services.prefix)

    async def handle(request: web.BaseRequest, recognise: Recognise) -> web.StreamResponse:
        arrival = services.arrival(request)
        visit = Visit(request, arrival, {})
        tokens = UserTokens(services.secret, arrival.origin)
        views = ConsentViews(services, pages, recognise, tokens)
        api = ConsentApi(services, recognise, tokens)
        routes = Routes(
            services.prefix,
            [
                ("GET", "consent", views.show),
                ("POST", "consent", views.allow),
                ("POST", "consent/withdraw", views.withdraw),
                *((each.method, each.pattern, partial(each.view, api)) for each in ENDPOINTS),
            ],
        )
        view, pieces = routes.find(request.method, visit.path)
        return await view(replace(visit, named=pieces))

    return handle


@dataclass(frozen=True, slots=True)
class ConsentViews:
    """The page and its two forms."""

    services: ConsentServices
    pages: Pages
    recognise: Recognise
    tokens: UserTokens

    async def show(self, visit: Visit) -> web.Response:
        """Say how it stands, and who came."""
        before, notice = visit.query.get("before", ""), visit.query.get("done", "")
        caller = await self.recognise()
        now = self.services.now()
        history = await self.services.histories.of(caller, before)
        categories = self.services.categories.get(caller.site, {})
        return self.pages.respond(
            "consent.html",
            {
                "caller": caller,
                "allowed": await self.services.consents.of(caller),
                "token": self.tokens.make(caller, now),
                "history": history,
                "before": before,
                "hours": HOURS,
                "usual": _USUAL,
                "notice": _notices().get(notice, ""),
                "now": now,
                "labels": lambda names: named(names, categories),
                "end_words": end_words,
            },
            origin=visit.arrival.origin,
            referrer="same-origin",
        )

    async def allow(self, visit: Visit) -> web.Response:
        """Allow it for the hours that were chosen; a number of one's own goes first."""
        caller, fields = await self._submitted(visit)
        said = fields.get("own", "").strip() or fields.get("hours", "")
        await self.services.consents.allow(caller, _whole(said), visit.arrival.client)
        return see_other(f"{self.services.prefix}consent?done=allowed")

    async def withdraw(self, visit: Visit) -> web.Response:
        """Take it back."""
        caller, _ = await self._submitted(visit)
        await self.services.consents.withdraw(caller, visit.arrival.client)
        return see_other(f"{self.services.prefix}consent?done=withdrawn")

    async def _submitted(self, visit: Visit) -> tuple[Recognised, Mapping[str, str]]:
        check_own_page(visit.request, visit.arrival.origin)
        check_window(visit.request)
        caller = await self.recognise()
        fields = await form_of(visit.request)
        self.tokens.check(fields.get("token", ""), caller, self.services.now())
        return caller, fields


def _whole(said: str) -> int:
    if not (said.isascii() and said.isdigit() and len(said) <= 3):
        return 0  # which is not allowed
    return int(said)


def _notices() -> Mapping[str, str]:
    return {
        "allowed": _("Saved. Whoever is allowed to can act on your behalf until then."),
        "withdrawn": _(
            "Saved. Nobody acts on your behalf with your leave any more; sessions that needed it"
            " have ended."
        ),
    }
