"""To whom apps' pages show buttons: whom a request proves, and who signed in by password."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway.act_button import Prove
from gateway.app.views import PublicAddress
from gateway.config import Config
from gateway.console.cookies import WAY_COOKIE, read_cookie
from gateway.console.sign_in_services import Authenticator
from gateway.model import Headers
from gateway.people.ways_in import StoredWays
from gateway.site import Site

MOST: Final = 5
"""Hosts that a browser is led through: each takes three redirects, and browsers follow twenty."""


def origins_of_ways(config: Config, sites: Sequence[Site], address: PublicAddress) -> list[str]:
    """Give the origins of the hosts with buttons; none where nobody signs in by password."""
    if config.sign_in.local is None:
        return []
    hosts = [host for site in sites if site.act_places for host in site.hosts]
    return [address.origin(host) for host in hosts[:MOST]]


def shown_to(sign_in: Authenticator, ways: StoredWays) -> Prove:
    """Tell to whom a request is to show buttons."""

    async def prove(headers: Headers, peer: str, host: str) -> object:
        proof = await sign_in.proven(headers, peer)
        if proof is not None:
            return proof
        token = read_cookie(headers, WAY_COOKIE)
        return await ways.find(token, host) if token else None

    return prove
