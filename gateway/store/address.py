"""Where the store is: one server, the nodes of a cluster, or the sentinels that know its master.

    redis://host:6379/0, rediss://…, unix:///path      one server
    redis+cluster://host:7000,host:7001                some nodes of a cluster
    redis+sentinel://host:26379,host:26380/name/0      sentinels, the master's name, a database

With `rediss+` every connection is TLS. A user and a password stand before the hosts, and are those
of the servers; those of sentinels are `sentinel_username` and `sentinel_password` in the query.
"""

from __future__ import annotations

from typing import Literal, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

Place = tuple[str, int]
"""A host and a port."""

_PORTS = {"cluster": 6379, "sentinel": 26379}
_OF_SENTINELS = {"sentinel_username": "username", "sentinel_password": "password"}


class Address(NamedTuple):
    """An address, taken apart.

    `start`: as `redis://user:password@`, which a place completes; of a single server its URL.
    `query`: behind the place: `ssl_…` and `db`. `sentinels`: what signs in to them, likewise.
    """

    kind: Literal["single", "cluster", "sentinel"]
    start: str
    places: tuple[Place, ...] = ()
    master: str = ""
    query: str = ""
    sentinels: tuple[tuple[str, str], ...] = ()

    def url(self, place: Place) -> str:
        """The URL of one server of these."""
        return f"{self.start}{joined(place)}{self.query}"


def joined(place: Place) -> str:
    """Write a place as it is in a URL."""
    host, port = place
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def address(url: str) -> Address:
    """Take a store's URL apart.

    Raises:
        ValueError: it cannot be used; the text says why and repeats nothing secret.
    """
    parts = urlsplit(url)
    scheme, _, kind = parts.scheme.partition("+")
    options = parse_qsl(parts.query, keep_blank_values=True)
    for name, _ in options:
        known = name.startswith("ssl_") or (name == "db" and kind != "cluster")
        if not known and not (kind == "sentinel" and name in _OF_SENTINELS):
            raise ValueError(f"{name!r} cannot be set in it")
    if not kind:
        return Address("single", url)
    if scheme not in ("redis", "rediss") or kind not in _PORTS:
        raise ValueError(f"{parts.scheme!r} is no kind of store")
    signed, at, hosts = parts.netloc.rpartition("@")
    places = tuple(_place(host, _PORTS[kind]) for host in hosts.split(","))
    master, _, db = parts.path.strip("/").partition("/")
    kept = [each for each in options if each[0] not in _OF_SENTINELS]
    if kind == "cluster":
        if master:
            raise ValueError("a cluster has no databases")
        return Address("cluster", f"{scheme}://{signed}{at}", places, "", _query(kept))
    if not master:
        raise ValueError("the master's name is missing, as sentinels know it")
    if db:
        if not db.isdecimal():
            raise ValueError("what follows the master's name is no number of a database")
        kept.append(("db", db))
    signs = tuple((_OF_SENTINELS[n], value) for n, value in options if n in _OF_SENTINELS)
    return Address("sentinel", f"{scheme}://{signed}{at}", places, master, _query(kept), signs)


def _query(options: list[tuple[str, str]]) -> str:
    return f"?{urlencode(options)}" if options else ""


def _place(said: str, usual: int) -> Place:
    parts = urlsplit(f"//{said}")
    if not parts.hostname:
        raise ValueError("a host is missing")
    return parts.hostname, parts.port or usual
