"""A site as compiled at boot, and the place that a request's Host names."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from gateway.banner.act_places import NO_PLACES, ActPlaces
from gateway.model import Frozen, Preferences
from gateway.policy.workflows import NO_WORKFLOWS, Workflows
from gateway.wire.memory import Memory

if TYPE_CHECKING:
    from gateway.audit.bodies.levels import Levels
    from gateway.banner.beacons import Beacons
    from gateway.middleware.names import HeaderNames
    from gateway.middleware.proofs import Proofs
    from gateway.model import Isolation, Session
    from gateway.people.source import Directory
    from gateway.policy.graphql import Endpoints
    from gateway.policy.report_only import ReportOnly
    from gateway.policy.requests import RequestRules
    from gateway.policy.sockets import Sockets
    from gateway.redaction.rules import Redaction
    from gateway.wire.target import TargetCheck

_LABEL = re.compile(r"([a-z2-7]{16})(?:-([1-9][0-9]?))?")
_HOST = re.compile(
    r"([A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
)


_SILENT = Preferences()


class IdentityDriver(Protocol):
    """Makes an app see a session's subject. `managed`: the headers that only the gateway sets."""

    @property
    def managed(self) -> tuple[str, ...]:
        """Names of the headers that this driver sets."""
        ...

    @property
    def reserved(self) -> tuple[str, ...]:
        """Those of them that no peer may set either, for nobody."""
        ...

    def edits(self, session: Session, now_ms: int) -> tuple[tuple[bytes, bytes], ...]:
        """Give the header fields for one request.

        Raises:
            ValueError: a value cannot stand in a header.
        """
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request of a site may cost. Bytes and seconds."""

    max_body: int
    body_timeout: float
    max_readable: int
    """The largest body, decoded, that redaction holds in memory."""
    spill: bool = False
    """A larger one is redacted while it streams, where its format can be, and not blocked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One app behind the gateway.

    `canonical` is the Host that the app sees on a session's first host, `more_hosts` those that it
    sees on the further ones, in order.
    """

    name: str
    label: str
    hosts: tuple[str, ...]
    canonical: str
    session_suffix: str
    isolation: Isolation
    names: HeaderNames
    target: TargetCheck
    rules: RequestRules
    graphql: Endpoints
    sockets: Sockets
    redaction: Redaction
    categories: dict[str, str]
    drivers: tuple[IdentityDriver, ...]
    directory: Directory
    limits: Limits
    trusted: Peers
    proofs: Proofs
    beacons: Beacons
    levels: Levels
    preferences: Preferences = _SILENT
    capabilities: dict[str, str] = field(default_factory=dict)
    workflows: Workflows = NO_WORKFLOWS
    more_hosts: tuple[str, ...] = ()
    map_links: bool = False
    report_only: frozenset[ReportOnly] = frozenset()
    act_places: ActPlaces = NO_PLACES

    def shown(self, path: str, session: Session) -> tuple[str, ...]:
        """Name the categories that answers on a path may show in a session and not to others."""
        if "redaction" in self.report_only:
            return self.redaction.shown(path, tuple(self.categories))
        return self.redaction.shown(path, session.reveal)


class Peers:
    """Addresses whose word counts: a load balancer, an SSO proxy.

    Args:
        networks: CIDR blocks or single addresses.

    Raises:
        ValueError: one of them is neither.
    """

    __slots__ = ("_known", "_networks")

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = tuple(ipaddress.ip_network(each) for each in networks)
        self._known = Memory(self._holds, len)

    def __contains__(self, peer: object) -> bool:
        return bool(self._networks) and isinstance(peer, str) and self._known[peer]

    def _holds(self, peer: str) -> bool:
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks)


class Place(Frozen, frozen=True):
    """What a host is: the console, a site's, or one session's own.

    `host` has no port. `number` is its place among the hosts of the site or session: 0 for the
    main one, from 1 for those of `more_hosts`. `main` is then the session's main host.
    """

    kind: Literal["console", "site", "session"]
    host: str
    site: Site | None = None
    number: int = 0
    main: str = ""

    @property
    def session_host(self) -> str:
        """The host by which a session that is here is known (`Session.host`)."""
        return self.main or self.host


def app_host(site: Site, number: int) -> str:
    """Give the host that the app sees where the session's host has this number."""
    return site.more_hosts[number - 1] if number else site.canonical


def upstream_key(site: str, number: int) -> str:
    """Name the upstream of a site's host; no site's name holds a slash (threat 51)."""
    return f"{site}/{number}" if number else site


def session_host(main: str, number: int) -> str:
    """Give a session's host by its number: one label, so that one wildcard names them all."""
    label, _, suffix = main.partition(".")
    return f"{label}-{number}.{suffix}" if number else main


class Places:
    """The exact list of hosts that are served (threat row 14).

    Args:
        console: the console's host.
        sites: what is behind the others.
        ports: those that a Host may name: the one that browsers see, and the one listened on.
    """

    def __init__(self, console: str, sites: Sequence[Site], ports: frozenset[str]) -> None:
        self._ports = ports
        self._fixed = {host: Place("site", host, site) for site in sites for host in site.hosts}
        self._fixed |= {
            host: Place("site", host, site, number)
            for site in sites
            for number, host in enumerate(site.more_hosts, 1)
        }
        self._fixed.setdefault(console, Place("console", console))
        self._suffixes = {site.session_suffix: site for site in sites if site.isolation == "host"}
        # A worker keeps as many sessions, each of which may have a host of its own.
        self._found = Memory(self._find, len, widest=128, most=10_000)

    def find(self, host: str) -> Place | None:
        """Give the place of a Host field's value, or None when it is not served here."""
        return self._found[host]

    def _find(self, host: str) -> Place | None:
        if _HOST.fullmatch(host) is None:
            return None
        name, port = host.lower(), ""
        if not name.endswith("]") and ":" in name:
            name, _, port = name.rpartition(":")
        if port and port not in self._ports:
            return None
        place = self._fixed.get(name)
        if place is None:
            label, _, suffix = name.partition(".")
            site = self._suffixes.get(suffix)
            parts = _LABEL.fullmatch(label)
            number = int(parts[2] or 0) if parts is not None else 0
            if site is not None and parts is not None and number <= len(site.more_hosts):
                place = Place("session", name, site, number, f"{parts[1]}.{suffix}")
        return place
