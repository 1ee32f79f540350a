"""Proves who an operator is, in whichever of the three ways the config allows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import cast

from aiohttp import web

from gateway.console.values import Client, Proof
from gateway.errors import Refused
from gateway.listener.connection import Connection
from gateway.model import Headers, Operator
from gateway.people.operators import Operators
from gateway.people.sign_in_header import HeaderSignIn
from gateway.people.sign_in_jwt import JwtSignIn
from gateway.people.throttle import Throttle


class OperatorAuthenticator:
    """Implements `console.sign_in_services.Authenticator`. A way that is None is not allowed.

    `fresh_for`: seconds for which a sign-in counts as fresh. `password`: gives the hash that the
    store keeps under a name, or None.
    """

    def __init__(
        self,
        operators: Operators,
        throttle: Throttle,
        *,
        passwords: bool,
        header: HeaderSignIn | None,
        token: JwtSignIn | None,
        password: Callable[[str], Awaitable[str | None]],
        fresh_for: int = 300,
    ) -> None:
        self._fresh_for = fresh_for
        self._operators = operators
        self._passwords = passwords
        self._header = header
        self._token = token
        self._password = password
        self._throttle = throttle
        self._two_at_a_time = asyncio.Semaphore(2)

    @property
    def has_passwords(self) -> bool:
        """Whether the sign-in page shows its form."""
        return self._passwords and self._operators.has_passwords

    @property
    def challenge(self) -> str:
        """What a 401 asks a program for: `Bearer` where a token in `Authorization` is taken."""
        return "Bearer" if self._token is not None and self._token.is_bearer else ""

    @property
    def step_up(self) -> str:
        """What a 401 asks a program for that needs a token of a fresh sign-in (RFC 9470, 3)."""
        if self._token is None or not self._token.is_bearer:
            return ""
        asked = (
            'Bearer error="insufficient_user_authentication", '
            f'error_description="A fresh sign-in is needed", max_age={self._fresh_for}'
        )
        accepted = " ".join(self._token.acr_values)
        return f'{asked}, acr_values="{accepted}"' if accepted else asked

    async def prove(self, request: web.BaseRequest) -> Proof | None:
        """Read the trusted header or the token of this request."""
        return await self.proven(request.raw_headers, cast(Connection, request.protocol).peer)

    async def proven(self, headers: Headers, peer: str) -> Proof | None:
        """As `prove`, by a request's fields and its peer's address."""
        if self._header is not None:
            operator_id = self._header.operator_id(headers, peer)
            if operator_id is not None:
                return Proof(operator=self._known(operator_id), way="trusted_header")
        if self._token is not None:
            named = await self._token.named(headers)
            if named is not None:
                operator = self._known(named.operator_id)
                return Proof(operator=operator, way="jwt", signed_in_at=named.signed_in_at)
        return None

    async def check_password(self, name: str, password: str, client: Client) -> Operator | None:
        """Compare with constant work, two at a time; a guesser waits."""
        if not self.has_passwords:
            return None
        async with self._two_at_a_time:  # each takes 64 MiB and tens of milliseconds of CPU
            now_ms = time.time_ns() // 1_000_000
            attempt, wait = await self._throttle.begin(client.address, name, now_ms)
            if wait > 0:
                raise _too_many_tries(wait / 1000)
            known = self._operators.listed.get(name)
            kept_as = "nobody" if known is None or known.in_file else known.password or "nobody"
            kept = await self._password(kept_as)  # asked for everybody, so that time tells nothing
            operator = await asyncio.to_thread(
                self._operators.verify_password, name, password, kept
            )
            if self._operators.listed.get(name) != known:  # they are changed at this moment
                operator = None
            if operator is not None:
                await self._throttle.take_back(client.address, name, attempt)
        return operator

    def _known(self, operator_id: str) -> Operator:
        operator = self._operators.get(operator_id)
        if operator is None:
            raise Refused(
                "not_an_operator",
                "You are signed in, but you are not one of the operators of this gateway.",
                "Ask an administrator of the gateway to add you, or to enable you again.",
                status=403,
                title="You are not signed in here",
            )
        return operator


def _too_many_tries(wait: float) -> Refused:
    return Refused(
        "too_many_tries",
        "There were too many wrong passwords for this name or from this address.",
        f"Try again in {int(wait // 60) + 1} minutes.",
        status=429,
        title="You are not signed in",
    )
