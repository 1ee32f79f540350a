"""Who is asking, and may this come from where it comes from: wrapped around every view.

An operator is who a request proves them to be, or whom their sign-in cookie names. A sign-in made
from a header or token holds only while each request still proves the same operator, so that
signing out at the company's own sign-in is felt here at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from gateway.console.cookies import OPERATOR_COOKIE, read_cookie, set_cookie
from gateway.console.fields import form_of
from gateway.console.guard import (
    check_origin,
    check_own_page,
    check_token,
    check_window,
    form_token,
    from_browser,
)
from gateway.console.pages import Pages, see_other
from gateway.console.refusing import recorded
from gateway.console.routing import View, Visit
from gateway.console.services import ConsoleServices
from gateway.console.values import Way
from gateway.errors import Refused
from gateway.model import Operator

SAFE = frozenset({"GET", "HEAD"})
TOKEN_HEADER = "X-Gateway-Token"  # noqa: S105 - a field's name, not a secret


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An operator and the secret of their sign-in; "" when this request alone proves them."""

    operator: Operator
    way: Way
    secret: str
    signed_in_at: int = 0

    @property
    def form_token(self) -> str:
        """The token that every form of this sign-in carries."""
        return form_token(self.secret)


SignedView = Callable[[Visit, SignedIn], Awaitable[web.Response]]
FormView = Callable[[Visit, SignedIn, Mapping[str, str]], Awaitable[web.Response]]


@dataclass(frozen=True, slots=True)
class Desk:
    """Turns views for operators into views for anybody."""

    services: ConsoleServices
    pages: Pages

    def page(self, view: SignedView) -> View:
        """Show a page to a signed-in operator; send anybody else to sign in first."""

        async def shown(visit: Visit) -> web.Response:
            found = await self._identify(visit)
            if found is None:
                wanted = urlencode({"next": visit.request.raw_path})
                return see_other(f"{self.services.prefix}sign-in?{wanted}")
            visit = _knowing(visit, found)
            if found.secret:
                return await self._on_record(visit, found, view(visit, found))
            secret = await self.services.sign_ins.create(
                found.operator, found.way, visit.arrival.client
            )
            fresh = SignedIn(found.operator, found.way, secret, found.signed_in_at)
            response = await self._on_record(visit, fresh, view(visit, fresh))
            set_cookie(response, OPERATOR_COOKIE, secret)
            return response

        return shown

    def form(self, view: FormView) -> View:
        """Take a form that an operator submitted on one of our own pages."""

        async def taken(visit: Visit) -> web.Response:
            check_own_page(visit.request, visit.arrival.origin)
            check_window(visit.request)
            found = await self._identify(visit)
            if found is None or not found.secret:
                raise _not_signed_in()
            visit = _knowing(visit, found)
            return await self._on_record(visit, found, self._submitted(visit, found, view))

        return taken

    def api(self, view: SignedView) -> View:
        """Serve a program, or a script of our own pages.

        A change needs either a request that proves the operator by itself and comes from no browser
        page, or the sign-in's token in `X-Gateway-Token` from our own page.
        """

        async def served(visit: Visit) -> web.Response:
            check_origin(visit.request, visit.arrival.origin)
            found = await self._identify(visit)
            if found is None:
                raise _not_signed_in()
            visit = _knowing(visit, found)
            return await self._on_record(visit, found, self._called(visit, found, view))

        return served

    async def _submitted(self, visit: Visit, found: SignedIn, view: FormView) -> web.Response:
        fields = await form_of(visit.request)
        check_token(fields.get("token", ""), found.secret)
        return await view(visit, found, fields)

    async def _called(self, visit: Visit, found: SignedIn, view: SignedView) -> web.Response:
        if visit.request.method not in SAFE and (found.secret or from_browser(visit.request)):
            check_own_page(visit.request, visit.arrival.origin)
            check_token(visit.request.headers.get(TOKEN_HEADER, ""), found.secret)
        return await view(visit, found)

    async def _on_record(
        self, visit: Visit, found: SignedIn, work: Awaitable[web.Response]
    ) -> web.Response:
        return await recorded(self.services.records, visit, found.operator, work)

    async def _identify(self, visit: Visit) -> SignedIn | None:
        proof = await self.services.sign_in.prove(visit.request)
        secret = read_cookie(visit.request.raw_headers, OPERATOR_COOKIE)
        known = await self.services.sign_ins.find(secret) if secret else None
        if proof is not None:
            same = known is not None and known.operator.id == proof.operator.id
            secret = secret if same and secret else ""
            return SignedIn(proof.operator, proof.way, secret, proof.signed_in_at)
        if known is not None and known.way == "password" and secret:
            return SignedIn(known.operator, known.way, secret, known.signed_in_at)
        return None


def _knowing(visit: Visit, found: SignedIn) -> Visit:
    """Say with where it comes from when its operator proved who they are."""
    client = msgspec.structs.replace(visit.arrival.client, signed_in_at=found.signed_in_at)
    return replace(visit, arrival=msgspec.structs.replace(visit.arrival, client=client))


def _not_signed_in() -> Refused:
    return Refused(
        "not_signed_in",
        "The gateway does not know who you are, so nothing was done.",
        "Sign in and try again.",
        status=401,
        title="Please sign in",
    )
