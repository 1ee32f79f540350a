"""Signing in with a password, and signing out.

Operators whom a header or a token proves never see the form. Before there is a sign-in, the form's
token comes from a short-lived cookie of its own, so that nobody can be signed in as somebody else
from a foreign page (login CSRF, threat 44).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from gateway.console.cookies import (
    FORM_COOKIE,
    OPERATOR_COOKIE,
    drop_cookie,
    read_cookie,
    set_cookie,
)
from gateway.console.desk import SignedIn
from gateway.console.fields import form_of
from gateway.console.guard import check_own_page, check_token, check_window, form_token
from gateway.console.own_page import safe_next
from gateway.console.pages import Pages, see_other
from gateway.console.refusal import Refusal
from gateway.console.refusing import put_on_record
from gateway.console.routing import Visit
from gateway.console.services import ConsoleServices
from gateway.console.ways_in import first_way
from gateway.errors import Refused

_WRONG = "Name and password do not belong together."


@dataclass(frozen=True, slots=True)
class SignInViews:
    """The sign-in page and what its form and the sign-out button do."""

    services: ConsoleServices
    pages: Pages

    async def show(self, visit: Visit) -> web.Response:
        """Show the form."""
        wanted = safe_next(self.services.prefix, visit.query.get("next", ""))
        notice = "You are signed out." if visit.query.get("notice") == "signed-out" else ""
        return self._form(visit, wanted=wanted, notice=notice)

    async def submit(self, visit: Visit) -> web.Response:
        """Sign in and go on to where the operator wanted to go."""
        check_own_page(visit.request, visit.arrival.origin)
        check_window(visit.request)
        fields = await form_of(visit.request)
        secret = read_cookie(visit.request.raw_headers, FORM_COOKIE)
        check_token(fields.get("token", ""), secret or secrets.token_hex())
        wanted = safe_next(self.services.prefix, fields.get("next", ""))
        name = fields.get("name", "")
        client = visit.arrival.client
        try:
            operator = await self.services.sign_in.check_password(
                name, fields.get("password", ""), client
            )
            if operator is None:
                raise Refused("wrong_password", _WRONG, status=401)
        except Refused as error:
            refusal = await put_on_record(self.services.records, error, visit.request, client)
            return self._form(visit, wanted=wanted, name=name, refusal=refusal)
        earlier = read_cookie(visit.request.raw_headers, OPERATOR_COOKIE)
        if earlier:
            await self.services.sign_ins.end(earlier, client)
        response = see_other(first_way(self.services.ways, self.services.prefix, wanted))
        token = await self.services.sign_ins.create(operator, "password", client)
        set_cookie(response, OPERATOR_COOKIE, token)
        drop_cookie(response, FORM_COOKIE)
        return response

    async def sign_out(
        self, visit: Visit, signed_in: SignedIn, _fields: Mapping[str, str]
    ) -> web.Response:
        """End the sign-in; the operator's sessions go on until they end by themselves."""
        await self.services.sign_ins.end(signed_in.secret, visit.arrival.client)
        response = see_other(f"{self.services.prefix}sign-in?notice=signed-out")
        drop_cookie(response, OPERATOR_COOKIE)
        return response

    def _form(
        self,
        visit: Visit,
        *,
        wanted: str,
        name: str = "",
        notice: str = "",
        refusal: Refusal | None = None,
    ) -> web.Response:
        secret = read_cookie(visit.request.raw_headers, FORM_COOKIE) or secrets.token_urlsafe(24)
        response = self.pages.respond(
            "sign_in.html",
            {
                "has_passwords": self.services.sign_in.has_passwords,
                "token": form_token(secret),
                "wanted": wanted,
                "name": name,
                "notice": notice,
                "refusal": refusal,
            },
            origin=visit.arrival.origin,
            status=refusal.status if refusal else 200,
            form_targets=self.services.ways.origins,
        )
        set_cookie(response, FORM_COOKIE, secret, strict=True)
        return response
