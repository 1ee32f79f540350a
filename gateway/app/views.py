"""How the console sees sites and the audit trail, and how a request reached us."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from aiohttp import web

from gateway.audit.record import Kind, scrubbed
from gateway.console.values import Arrival, Attempt, Client, Home, People, Person, SiteCard
from gateway.listener.connection import Connection
from gateway.model import Operator, User
from gateway.people.reach import Reach
from gateway.sessions.events import Events
from gateway.site import Peers, Site

_HOST = re.compile(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class PublicAddress:
    """How browsers reach the gateway. `port` is 0 for the scheme's usual one."""

    scheme: str
    port: int

    def origin(self, host: str) -> str:
        """Give the origin of a host as a browser writes it (RFC 6454, 6.2)."""
        return f"{self.scheme}://{self.authority(host)}"

    @property
    def ports(self) -> frozenset[str]:
        """The port that browsers see, as a Host may name it."""
        return frozenset((str(self.port or {"http": 80, "https": 443}[self.scheme]),))

    def authority(self, host: str) -> str:
        """Give a host with its port where a browser shows one."""
        usual = {"http": 80, "https": 443}[self.scheme]
        return host if self.port in (0, usual) else f"{host}:{self.port}"


class Arrivals:
    """Tells how a request reached us; X-Forwarded-For counts from trusted peers only."""

    def __init__(self, address: PublicAddress, peers: Peers) -> None:
        self._address = address
        self._peers = peers

    def __call__(self, request: web.BaseRequest) -> Arrival:
        """Read one request."""
        named = _HOST.fullmatch(request.headers.get("Host", ""))
        host = named[1].lower() if named else "unknown.invalid"  # RFC 2606, 2
        peer = cast(Connection, request.protocol).peer
        if peer in self._peers:
            # A peer may write a field of its own below the client's: the last one is the peer's.
            said = request.headers.getall("X-Forwarded-For", [peer])[-1]
            peer = said.rpartition(",")[2].strip() or peer
        agent = request.headers.get("User-Agent", "")[:256]
        return Arrival(
            origin=self._address.origin(host),
            host=self._address.authority(host),
            client=Client(address=peer, agent=agent),
        )


class SiteViews:
    """Implements `console.directory_services.Sites` over the directories."""

    def __init__(self, sites: Sequence[Site], address: PublicAddress, reach: Reach) -> None:
        self._sites = {site.name: site for site in sites}
        self._reach = reach
        self._cards = tuple(
            SiteCard(
                name=site.name,
                label=site.label,
                form_targets=_targets(site, address),
                workflows=site.workflows.labels,
                capabilities=site.capabilities,
                categories=site.categories,
            )
            for site in sites
        )

    def all(self) -> Sequence[SiteCard]:
        """List every site."""
        return self._cards

    async def search(
        self,
        operator: Operator,
        site: str,
        text: str,
        limit: int,
        *,
        status: str = "",
        account: str = "",
    ) -> People:
        """Find users of a site."""
        asked = self._sites.get(site)
        if asked is None:
            return People()
        within = await self._reach.of(operator, asked)
        found = asked.directory.search(text, limit, status=status, account=account, within=within)
        people = tuple(person_of(asked, user) for user in found.users)
        return People(people=people, more=found.more)

    async def person(self, operator: Operator, site: str, user_id: str) -> Person | None:
        """Give one user of a site."""
        found = self._sites.get(site)
        user = found.directory.user(user_id) if found is not None else None
        return await self._seen(operator, found, user)

    async def house_contact(self, operator: Operator, site: str, account: str) -> Person | None:
        """Give the house contact of an account."""
        found = self._sites.get(site)
        user = found.directory.house_contact(account) if found is not None else None
        return await self._seen(operator, found, user)

    async def _seen(
        self, operator: Operator, site: Site | None, user: User | None
    ) -> Person | None:
        if site is None or user is None:
            return None
        if not await self._reach.reaches(operator, site, user.account):
            return None
        return person_of(site, user)


def homes(sites: Sequence[Site], address: PublicAddress) -> dict[str, Home]:
    """Give every site's own address, by the site's name."""
    return {
        site.name: Home(label=site.label, url=f"{address.origin(site.canonical)}/")
        for site in sites
    }


def own_origins(sites: Sequence[Site], address: PublicAddress) -> dict[str, list[str]]:
    """Give the origins of every site's own hosts, by the site's name."""
    return {
        site.name: [address.origin(host) for host in (*site.hosts, *site.more_hosts)]
        for site in sites
    }


class ConsoleRecorder:
    """Implements `console.services.Recorder`."""

    def __init__(self, events: Events, sites: Sequence[Site]) -> None:
        self._events = events
        self._sites = {site.name: site for site in sites}

    async def refused(self, attempt: Attempt) -> str:
        """Put a refusal on record: of a start with all that was asked for."""
        order = attempt.order
        if order is not None:
            site = self._sites.get(order.site)
            return await self._events.start_refused(
                attempt.operator,
                site.directory.user(order.subject) if site is not None else None,
                order,
                attempt.client,
                rule=attempt.rule,
                reason=attempt.code,
                detail=attempt.detail,
                facts=attempt.facts,
            )
        return await self._events.of_operator(
            Kind.OPERATOR_REFUSED,
            attempt.operator,
            attempt.client,
            reason=attempt.code,
            detail=attempt.detail,
            method=attempt.method,
            target=scrubbed(attempt.target),
            session=attempt.session,
        )


def _targets(site: Site, address: PublicAddress) -> tuple[str, ...]:
    host = f"*.{site.session_suffix}" if site.isolation == "host" else site.canonical
    return (address.origin(host),)


def person_of(site: Site, user: User) -> Person:
    """Give a user of a site with the name of their account."""
    account = site.directory.account(user.account)
    return Person(user=user, account_name=account.name if account else user.account)
