"""Entering and leaving a session, on the session's own host.

Looking at either page changes nothing; the forms' POST does (law 12). The enter form submits itself
only when the console sent the browser here, so that a link from elsewhere cannot put an operator
into a session unasked; the leave form only when a page of this very session was left. A session
with several hosts is entered on each, one after the other: each form leads to the next.

`Clear-Site-Data` never says `cookies`: that would clear the whole registrable domain (W3C Clear
Site Data, 3.1), the operator's own sign-in to the app included. Ours are dropped
by name, and so are those of the app's cookies that its scripts could read; all others never were in
the browser (law 6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec
from aiohttp import web

from gateway.console.cookies import (
    JAR_COOKIE,
    SESSION_COOKIE,
    drop_cookie,
    drop_script_cookies,
    read_cookie,
    set_cookie,
)
from gateway.console.fields import form_of
from gateway.console.guard import check_origin, check_token, check_window, form_token
from gateway.console.pages import Pages, see_other
from gateway.console.refusing import answer, put_on_record
from gateway.console.routing import Handler, Routes, Visit
from gateway.console.services import SessionPageServices
from gateway.console.wording import place_words
from gateway.errors import GatewayError, Refused
from gateway.model import Session

CLEAR = '"cache", "storage"'


def create_session_pages(services: SessionPageServices) -> Handler:
    """Build the handler of `enter`, `leave` and `assets/` under the prefix, for session hosts.

    It also serves `assets/` for refusal pages on any other host. Errors that are not a
    `GatewayError` pass through to the caller.
    """
    pages = Pages(services.prefix)
    views = SessionViews(services, pages)

    async def asset(visit: Visit) -> web.Response:
        return pages.assets.respond(visit.named["file"])

    routes = Routes(
        services.prefix,
        [
            ("GET", "enter", views.show_enter),
            ("POST", "enter", views.enter),
            ("GET", "leave", views.show_leave),
            ("POST", "leave", views.leave),
            ("GET", "assets/{file}", asset),
        ],
    )

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        arrival = services.arrival(request)
        visit = Visit(request, arrival, {})
        try:
            view, named = routes.find(request.method, visit.path)
            return await view(replace(visit, named=named))
        except GatewayError as error:
            refusal = await put_on_record(services.records, error, request, arrival.client)
        console = services.console_url() + services.prefix
        return answer(pages, visit, msgspec.structs.replace(refusal, console=console))

    return handle


@dataclass(frozen=True, slots=True)
class SessionViews:
    """The two pages and their forms."""

    services: SessionPageServices
    pages: Pages

    async def show_enter(self, visit: Visit) -> web.Response:
        """Say who will act for whom; the code stays good."""
        code = visit.query.get("code", "")
        session = await self.services.entrance.look(visit.arrival.host, code)
        if session is None:
            current, _ = await self._current(visit)
            if current is None:
                raise _spent()
            first = self.services.first_page(current)
            return self._page(visit, "inside.html", session=current, first=first)
        origins = self.services.origins(session)
        further = visit.arrival.origin != origins[0]
        senders = origins if further else (self.services.console_url(),)
        referrer = visit.request.headers.get("Referer", "")
        return self._page(
            visit,
            "enter.html",
            session=session,
            code=code,
            further=further,
            submit=referrer.startswith(tuple(f"{sender}/" for sender in senders)),
            form_targets=origins,
        )

    async def enter(self, visit: Visit) -> web.Response:
        """Use the code up, give this browser its cookie, and go on: to the next host, or the app.

        A program may send the address as it got it, with POST and no form. On the operator's own
        host the cookie outlives the session: what an old page sends is refused then, and not done
        in the operator's own name.
        """
        check_origin(visit.request, visit.arrival.origin)
        check_window(visit.request)
        fields = await form_of(visit.request) if visit.request.body_exists else visit.query
        code = fields.get("code", "")
        entered = await self.services.entrance.enter(visit.arrival.host, code, visit.arrival.client)
        if entered is None:
            raise _spent()
        response = see_other(entered.onward)
        shared = entered.session.isolation == "cookie"
        seconds = max(1, (entered.session.expires_at - self.services.now()) // 1000)
        set_cookie(response, SESSION_COOKIE, entered.token, max_age=None if shared else seconds)
        if shared:
            drop_cookie(response, JAR_COOKIE)  # of an earlier session on this host
            drop_script_cookies(response, visit.request.raw_headers, but=entered.session.id)
            response.headers["Clear-Site-Data"] = CLEAR
        return response

    async def show_leave(self, visit: Visit) -> web.Response:
        """Ask before leaving, unless the operator comes from a page of this session.

        With a session that is over already the form still cleans this browser up.
        """
        session, token = await self._current(visit)
        if not token:
            return self._left(visit, None)
        within = visit.request.headers.get("Sec-Fetch-Site") == "same-origin"
        return self._page(
            visit, "leave.html", session=session, token=form_token(token), submit=within
        )

    async def leave(self, visit: Visit) -> web.Response:
        """End the session and take back what the browser got for it."""
        check_origin(visit.request, visit.arrival.origin)
        check_window(visit.request)
        fields = await form_of(visit.request)
        token = read_cookie(visit.request.raw_headers, SESSION_COOKIE)
        if token is None:
            return self._left(visit, None)
        check_token(fields.get("token", ""), token)
        session = await self.services.entrance.leave(
            visit.arrival.host, token, visit.arrival.client
        )
        response = self._left(visit, session)
        drop_cookie(response, SESSION_COOKIE)
        drop_cookie(response, JAR_COOKIE)
        drop_script_cookies(response, visit.request.raw_headers)
        response.headers["Clear-Site-Data"] = CLEAR
        return response

    def _left(self, visit: Visit, session: Session | None) -> web.Response:
        console = self.services.console_url()
        return self._page(
            visit,
            "left.html",
            session=session,
            back=session.back(console) if session else console + self.services.prefix,
            place=place_words(session.return_to) if session else place_words(""),
            elsewhere=session is not None and not session.return_to.startswith("/"),
            home=self.services.homes.get(session.site) if session else None,
        )

    async def _current(self, visit: Visit) -> tuple[Session | None, str]:
        token = read_cookie(visit.request.raw_headers, SESSION_COOKIE)
        if token is None:
            return None, ""
        return await self.services.entrance.current(visit.arrival.host, token), token

    def _page(
        self, visit: Visit, template: str, *, form_targets: Sequence[str] = (), **values: object
    ) -> web.Response:
        return self.pages.respond(
            template,
            {"now": self.services.now(), **values},
            origin=visit.arrival.origin,
            form_targets=form_targets,
            referrer="strict-origin",
        )


def _spent() -> Refused:
    return Refused(
        "enter_code",
        "This address was used already, is too old, or was never given out.",
        "Open the session again from the console's list.",
        status=410,
        title="This session cannot be entered here",
    )
