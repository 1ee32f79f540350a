"""Who an operator is, and signed-in states, as Protocols."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from aiohttp import web

from gateway.console.values import Client, Proof, SignIn, Way
from gateway.model import Headers, Operator


class Authenticator(Protocol):
    """Proves who an operator is."""

    @property
    def has_passwords(self) -> bool:
        """Whether local operators exist, so that the sign-in page shows its form."""
        ...

    @property
    def challenge(self) -> str:
        """The `WWW-Authenticate` of a 401: `Bearer`, or empty when no such token would help."""
        ...

    @property
    def step_up(self) -> str:
        """The `WWW-Authenticate` of a 401 that asks for a fresh sign-in; empty where none helps."""
        ...

    async def prove(self, request: web.BaseRequest) -> Proof | None:
        """Read the trusted header or the signed token of this request; None when it has neither.

        Raises:
            Refused: a credential is there and does not hold (401).
        """
        ...

    async def proven(self, headers: Headers, peer: str) -> Proof | None:
        """As `prove`, by a request's fields and its peer's address."""
        ...

    async def check_password(self, name: str, password: str, client: Client) -> Operator | None:
        """Compare with constant work; None when it is wrong.

        Raises:
            Refused: too many tries of this name or address (429).
        """
        ...


class SignIns(Protocol):
    """Signed-in states, kept in the store under a hash of their token."""

    async def create(self, operator: Operator, way: Way, client: Client) -> str:
        """Put the sign-in on record, keep it, and give its token."""
        ...

    async def find(self, token: str) -> SignIn | None:
        """Look up a live sign-in; None when it is unknown, expired or its operator is gone."""
        ...

    async def end(self, token: str, client: Client) -> None:
        """End it; nothing happens when it is unknown."""
        ...


class Ways(Protocol):
    """Who is shown the ways in on the apps' own pages without proving themselves there."""

    @property
    def origins(self) -> Sequence[str]:
        """Those of the hosts that have such pages, in the order in which they are told."""
        ...

    async def code(self, sign_in: str, origin: str, proof: str) -> str:
        """Make a code that opens the ways of one host, once, to who holds what `proof` is of."""
        ...

    async def open(self, code: str, origin: str, held: str) -> str | None:
        """Use a code up, and give the token of the host's cookie; None where it is worthless."""
        ...
