"""The page for users on the sites' own hosts: who they are, and what serves them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final, cast

from aiohttp import web

from gateway import config
from gateway.console.consent_pages import ConsentHandler
from gateway.console.consent_services import Recognised
from gateway.console.sign_in_services import Authenticator
from gateway.errors import GatewayError, Refused
from gateway.listener.connection import Connection
from gateway.model import RequestHead
from gateway.recognition.answer import SaidBy
from gateway.recognition.recogniser import ByApp, ByHeader, Recogniser, not_here
from gateway.site import Peers, Place, Site
from gateway.upstream.client import Upstream

_OF_SESSIONS: Final = ("{actor.", "{capabilities}", "{workflow}")


class UserPages:
    """Serves users on the hosts of sites that recognise them.

    Args:
        recognisers: by the site's name.
        pages: the page and its API.
        sign_in: tells operators from others.
        scheme: how browsers reach the gateway.
    """

    def __init__(
        self,
        recognisers: Mapping[str, Recogniser],
        pages: ConsentHandler,
        sign_in: Authenticator,
        scheme: str,
    ) -> None:
        self._recognisers = recognisers
        self._pages = pages
        self._sign_in = sign_in
        self._scheme = scheme

    async def __call__(self, request: web.BaseRequest, place: Place) -> web.StreamResponse:
        """Answer one request.

        Raises:
            GatewayError: it is refused, or cannot be served.
        """
        site = place.site
        recogniser = self._recognisers.get(site.name) if site is not None else None
        if site is None or recogniser is None:
            raise not_here()
        wire = RequestHead(
            method=request.method,
            target=request.raw_path,
            headers=tuple(request.raw_headers),
            host=request.headers.get("Host", ""),
            peer=cast(Connection, request.protocol).peer,
            scheme=self._scheme,
        )

        async def recognise() -> Recognised:
            user = await recogniser.user(wire, place, self._asks_operator(request))
            return Recognised(site=site.name, label=site.label, user=user)

        return await self._pages(request, recognise)

    def _asks_operator(self, request: web.BaseRequest) -> Callable[[], Awaitable[bool]]:
        async def is_operator() -> bool:
            try:
                return await self._sign_in.prove(request) is not None
            except Refused:  # a credential that is no operator's: the app's own, mostly
                return False

        return is_operator


def recognisers_of(
    said: Iterable[config.Site],
    sites: Mapping[str, Site],
    upstreams: Mapping[str, Upstream],
    peers: Peers,
) -> dict[str, Recogniser]:
    """Build what recognises the users of each site that says how.

    Raises:
        GatewayError: `config`, a field cannot be found.
    """
    return {
        each.name: Recogniser(
            sites[each.name],
            _way(each.name, each.recognise, upstreams[each.name]),
            by_email=each.recognise.is_ == "email",
            actor_headers=_naming_actors(each.identity),
            is_peer=peers.__contains__,
        )
        for each in said
        if each.recognise is not None
    }


def _way(name: str, said: config.Recognise, upstream: Upstream) -> ByHeader | ByApp:
    if said.header is not None:
        return ByHeader(said.header.lower().encode())
    try:
        return ByApp(said.path or "", SaidBy(said.field or ""), upstream)
    except ValueError as fault:
        raise GatewayError("config", f"Site {name} cannot recognise users: {fault}.") from fault


def _naming_actors(said: config.Identity) -> frozenset[bytes]:
    """The headers by which the app is told that somebody acts, who, or to what end."""
    return frozenset(
        name.lower().encode()
        for name, each in said.headers.items()
        if any(place in each.value for place in _OF_SESSIONS)
    )
