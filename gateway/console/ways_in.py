"""How a site's host learns that a browser is an operator's, so that its pages show buttons there.

After signing in by password the browser is led through the hosts that have such pages. Each gives
it a token, and has the console make a code for whoever holds that token (as PKCE does, RFC 7636):
a code that a stranger was given opens nothing in another browser, and no code opens anything twice.
The console makes one only for an operator who signed in there. All of it is redirects of a window,
and all that it leads to is that a button is shown.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from gateway.console.cookies import WAY_COOKIE, read_cookie, set_cookie
from gateway.console.desk import SignedIn
from gateway.console.guard import check_window
from gateway.console.own_page import safe_next
from gateway.console.pages import Pages, see_other
from gateway.console.refusing import answer, put_on_record
from gateway.console.routing import Handler, Routes, Visit
from gateway.console.services import ConsoleServices, WayPageServices
from gateway.console.sign_in_services import Ways
from gateway.errors import ClientError, GatewayError, Refused

PATHS: Final = ("ways", "ways/done")
"""On a site's host, under the prefix."""
_PROOF: Final = re.compile(r"[0-9a-f]{64}")
_TO_ASK_S: Final = 120


def first_way(ways: Ways, prefix: str, wanted: str) -> str:
    """Give where to send a browser that has just signed in, so that it comes to `wanted`."""
    return _way(ways.origins[0], prefix, wanted) if ways.origins else wanted


def _way(origin: str, prefix: str, wanted: str) -> str:
    return f"{origin}{prefix}ways?{urlencode({'next': wanted})}"


@dataclass(frozen=True, slots=True)
class WayCodeViews:
    """The console's part."""

    services: ConsoleServices

    async def code(self, visit: Visit, signed_in: SignedIn) -> web.Response:
        """Make a code for the host that asks, and send the browser back there with it."""
        check_window(visit.request)
        origin, proof = visit.query.get("host", ""), visit.query.get("proof", "")
        ways, prefix = self.services.ways, self.services.prefix
        if origin not in ways.origins or not _PROOF.fullmatch(proof):
            raise ClientError(
                "bad_fields", "The address does not say which host asks, or for whom."
            )
        wanted = safe_next(prefix, visit.query.get("next", ""))
        if signed_in.way != "password":  # each request proves them, there as here
            return see_other(wanted)
        code = await ways.code(signed_in.secret, origin, proof)
        return see_other(f"{origin}{prefix}ways/done?{urlencode({'code': code, 'next': wanted})}")


def create_way_pages(services: WayPageServices, proof_of: Callable[[str], str]) -> Handler:
    """Build the handler of `PATHS`.

    Args:
        services: what it needs.
        proof_of: gives what the console is told of a browser's token.
    """
    pages = Pages(services.prefix)
    views = WayViews(services, proof_of)
    routes = Routes(services.prefix, [("GET", "ways", views.ask), ("GET", "ways/done", views.done)])

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        visit = Visit(request, services.arrival(request), {})
        try:
            view, _ = routes.find(request.method, visit.path)
            return await view(visit)
        except GatewayError as error:
            client = visit.arrival.client
            refusal = await put_on_record(services.records, error, request, client)
        console = services.console_url + services.prefix
        return answer(pages, visit, msgspec.structs.replace(refusal, console=console))

    return handle


@dataclass(frozen=True, slots=True)
class WayViews:
    """The part of a site's host."""

    services: WayPageServices
    proof_of: Callable[[str], str]

    async def ask(self, visit: Visit) -> web.Response:
        """Give the browser a token, and send it to the console for a code."""
        check_window(visit.request)
        services, origin = self.services, self._origin(visit)
        held = secrets.token_urlsafe(32)
        wanted = safe_next(services.prefix, visit.query.get("next", ""))
        asked = urlencode({"host": origin, "proof": self.proof_of(held), "next": wanted})
        response = see_other(f"{services.console_url}{services.prefix}ways?{asked}")
        set_cookie(response, WAY_COOKIE, held, max_age=_TO_ASK_S)
        return response

    async def done(self, visit: Visit) -> web.Response:
        """Use the code up; go on to the next host, or to where the operator wanted to go."""
        check_window(visit.request)
        services, origin = self.services, self._origin(visit)
        held = read_cookie(visit.request.raw_headers, WAY_COOKIE)
        code = visit.query.get("code", "")
        token = await services.ways.open(code, origin, held) if held else None
        if token is None:
            raise Refused(
                "way_code",
                "This address was used already, is too old, or was made for another browser.",
                "Nothing is missing but the buttons on the app's pages. To see them, sign out of "
                "the console and sign in again.",
                status=410,
                title="Ways in are not shown here",
            )
        wanted = safe_next(services.prefix, visit.query.get("next", ""))
        origins = services.ways.origins
        rest = origins[origins.index(origin) + 1 :]
        onward = _way(rest[0], services.prefix, wanted) if rest else services.console_url + wanted
        response = see_other(onward)
        set_cookie(response, WAY_COOKIE, token)
        return response

    def _origin(self, visit: Visit) -> str:
        origin = visit.arrival.origin
        if origin not in self.services.ways.origins:
            raise ClientError(
                "not_found", "There is nothing at this address.", status=404, title="Not found"
            )
        return origin
