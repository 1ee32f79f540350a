"""What the gateway serves itself, under its prefix and on the console's host."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from gateway.app.secrets import Rings
from gateway.banner.assets import BAR_JS, bar_css
from gateway.banner.state import bar_state
from gateway.console.consent_pages import PATHS as USERS_PATHS
from gateway.console.cookies import SESSION_COOKIE, read_cookie
from gateway.errors import Refused
from gateway.sessions.live import LiveSessions
from gateway.site import Place

UserPages = Callable[[web.BaseRequest, Place], Awaitable[web.StreamResponse]]
Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
# A sandboxed page has an opaque origin, and needs the bar all the same.
_ANY_PAGE = {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "cross-origin"}


class InBand:
    """Serves the console on its host; entering, leaving, the bar, keys and the page for users on
    the others.

    Args:
        prefix: the path under which the gateway answers on every host.
        console: the console's handler.
        session_pages: the handler of entering and leaving.
        user_pages: the handler of what ordinary users see.
        live: this worker's sessions.
        rings: public keys to publish.
        console_url: the console's address, absolute.
    """

    def __init__(
        self,
        *,
        prefix: str,
        console: Handler,
        session_pages: Handler,
        user_pages: UserPages,
        live: LiveSessions,
        rings: Rings,
        console_url: str,
    ) -> None:
        self._prefix = prefix
        self._console = console
        self._session_pages = session_pages
        self._user_pages = user_pages
        self._of_users = frozenset(prefix + each for each in USERS_PATHS)
        self._live = live
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
            return web.Response(body=BAR_JS, content_type="text/javascript", headers=headers)
        if path == f"{self._prefix}bar.css":
            return await self._bar_css(request, place)
        if path == f"{self._prefix}api/sessions" and request.method == "POST":
            raise Refused(
                "nested_session",
                "A session cannot be started from inside a session, or from an app's own host.",
                f"Start it from the console, {self._console_url}.",
                title="This session cannot start",
            )
        return await self._session_pages(request)

    async def _bar_css(self, request: web.BaseRequest, place: Place) -> web.StreamResponse:
        token = read_cookie(request.raw_headers, SESSION_COOKIE)
        live = await self._live.find(token, 0, place.number) if token else None
        headers = {"Cache-Control": "no-store", **_ANY_PAGE}
        if live is None or live.session.host != place.session_host or place.site is None:
            return web.Response(text="", content_type="text/css", headers=headers)
        state = bar_state(
            live.session,
            site=place.site.label,
            prefix=self._prefix,
            console_url=self._console_url,
            workflow=place.site.workflows.label(live.session.workflow),
            report_only=place.site.report_only,
        )
        return web.Response(body=bar_css(state), content_type="text/css", headers=headers)
