"""What the gateway serves itself, under its prefix and on the console's host."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast

import msgspec
from aiohttp import web

from gateway.act_button import Prove, is_operator
from gateway.app.bar_facts import BarFacts
from gateway.app.secrets import Rings
from gateway.banner.assets import act_js, bar_css, bar_js, bar_svg
from gateway.banner.state import BarState, bar_state
from gateway.console.consent_pages import PATHS as USERS_PATHS
from gateway.console.cookies import SESSION_COOKIE, read_cookie
from gateway.console.ways_in import PATHS as WAYS_PATHS
from gateway.errors import Refused
from gateway.listener.connection import Connection
from gateway.sessions.live import Live, LiveSessions
from gateway.site import Place, Site
from gateway.texts import gettext

UserPages = Callable[[web.BaseRequest, Place], Awaitable[web.StreamResponse]]
Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
# A sandboxed page has an opaque origin, and needs the bar all the same.
_FROM = "Sec-Fetch-Site"
_ANY_PAGE = {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "cross-origin"}


class InBand:
    """Serves the console on its host; entering, leaving, the bar, keys and the page for users on
    the others.

    Args:
        prefix: the path under which the gateway answers on every host.
        console: the console's handler.
        session_pages: the handler of entering and leaving.
        way_pages: the handler of what lets a site's host show buttons.
        user_pages: the handler of what ordinary users see.
        live: this worker's sessions.
        facts: what the bar asks for.
        rings: public keys to publish.
        console_url: the console's address, absolute.
        prove: tells operators by their requests.
    """

    def __init__(
        self,
        *,
        prefix: str,
        console: Handler,
        session_pages: Handler,
        way_pages: Handler,
        user_pages: UserPages,
        live: LiveSessions,
        facts: BarFacts,
        rings: Rings,
        console_url: str,
        prove: Prove,
    ) -> None:
        self._prove = prove
        self._prefix = prefix
        self._console = console
        self._session_pages = session_pages
        self._way_pages = way_pages
        self._of_ways = frozenset(prefix + each for each in WAYS_PATHS)
        self._user_pages = user_pages
        self._of_users = frozenset(prefix + each for each in USERS_PATHS)
        self._live = live
        self._facts = facts
        self._bar_js = bar_js(gettext)
        self._rings = rings
        self._console_url = console_url

    async def __call__(self, request: web.BaseRequest, place: Place) -> web.StreamResponse:
        """Answer one request."""
        reply = await self._answer(request, place)
        reply.headers["Server"] = "impersonation-gateway"
        return reply

    async def _answer(self, request: web.BaseRequest, place: Place) -> web.StreamResponse:
        path = request.raw_path.partition("?")[0]
        if path == f"{self._prefix}jwks.json" and request.method in ("GET", "HEAD"):
            body = msgspec.json.encode(self._rings.jwks())
            headers = {"Cache-Control": "public, max-age=300"}
            return web.Response(body=body, content_type="application/jwk-set+json", headers=headers)
        if place.kind == "console":
            return await self._console(request)
        if path in self._of_users:
            return await self._user_pages(request, place)
        if path == f"{self._prefix}bar.js":
            headers = {"Cache-Control": "no-cache", **_ANY_PAGE}
            return web.Response(body=self._bar_js, content_type="text/javascript", headers=headers)
        if path == f"{self._prefix}act.js" and place.site is not None and place.site.act_places:
            return await self._act_js(request, place, place.site)
        if path in self._of_ways and place.kind == "site" and place.site and place.site.act_places:
            return await self._way_pages(request)
        if path == f"{self._prefix}bar.css":
            return await self._drawn(request, place, bar_css, "text/css")
        if path == f"{self._prefix}bar.svg":
            return await self._drawn(request, place, bar_svg, "image/svg+xml")
        if path == f"{self._prefix}session" and request.method == "GET":
            return await self._facts.say(request, await self._session(request, place))
        if path == f"{self._prefix}session/refused" and request.method == "GET":
            return self._facts.refused(request, await self._session(request, place))
        if path == f"{self._prefix}api/sessions" and request.method == "POST":
            raise Refused(
                "nested_session",
                "A session cannot be started from inside a session, or from an app's own host.",
                f"Start it from the console, {self._console_url}.",
                title="This session cannot start",
            )
        return await self._session_pages(request)

    async def _act_js(
        self, request: web.BaseRequest, place: Place, site: Site
    ) -> web.StreamResponse:
        """Answer operators with the script of the button, and others with an empty one."""
        peer = cast(Connection, request.protocol).peer
        body = b""
        if await is_operator(request.raw_headers, peer, place.host, self._prove):
            body = act_js(
                site.act_places,
                site=site.name,
                start_url=f"{self._console_url}start",
                text=gettext("Act on behalf"),
                named=gettext("Act on behalf of %(id)s"),
            )
        headers = {
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        return web.Response(
            body=body, content_type="text/javascript", charset="utf-8", headers=headers
        )

    async def _session(self, request: web.BaseRequest, place: Place) -> Live | None:
        """Find the session of a request on the session's own host; that is no use of it."""
        token = read_cookie(request.raw_headers, SESSION_COOKIE)
        live = await self._live.find(token, 0, place.number) if token else None
        here = live is not None and live.session.host == place.session_host
        return live if here and place.site is not None else None

    async def _drawn(
        self,
        request: web.BaseRequest,
        place: Place,
        draw: Callable[[BarState], bytes],
        content_type: str,
    ) -> web.StreamResponse:
        """Answer with what shows the session here; with nothing where there is none.

        Nor to a page of a neighbour: it has the session's cookie with it, and could read who acts.
        """
        live, site = await self._session(request, place), place.site
        headers = {"Cache-Control": "no-store", **_ANY_PAGE}
        if live is None or site is None or "same-site" in request.headers.getall(_FROM, ()):
            return web.Response(text="", content_type=content_type, headers=headers)
        state = bar_state(
            live.session,
            site=site.label,
            prefix=self._prefix,
            console_url=self._console_url,
            workflow=site.workflows.label(live.session.workflow),
            report_only=site.report_only,
        )
        return web.Response(body=draw(state), content_type=content_type, headers=headers)
