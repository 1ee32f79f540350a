"""Map between the app's own origins and those that a session has (isolation `host`).

The app is told the hosts that it knows, so what it says of itself names them; the browser is told
the session's. Only whole origins are mapped, at the start of an address: nothing is searched for.
What names the app without the port that browsers use, or with another one, is not the app.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from gateway.site import app_host, session_host

if TYPE_CHECKING:
    from gateway.middleware.draft import Draft

_ADDRESS: Final = re.compile(
    rb"((?:https?|wss?):)?//([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?(?=[/?#\\]|\Z)",
    re.IGNORECASE,
)
"""The origin that an address begins with (RFC 3986, 3); browsers take `\\` for a slash there."""
_USUAL: Final = {b"http:": b":80", b"ws:": b":80", b"https:": b":443", b"wss:": b":443"}


class Origins:
    """The origins of one session, as one request of it sees them.

    With isolation `cookie` they are the `same`, and nothing is mapped.

    Args:
        scheme: `http` or `https`, as browsers reach us.
        app_host: the Host that the app sees, with the port that browsers use.
        session_host: the Host that the browser sees.
        others: further hosts of the app, each with the session's host for it; ports as above.
    """

    __slots__ = ("_app", "_port", "_scheme", "_session", "app_host", "same", "session")

    def __init__(
        self,
        scheme: str,
        app_host: str,
        session_host: str,
        others: Iterable[tuple[str, str]] = (),
    ) -> None:
        self.app_host = app_host
        self.session = f"{scheme}://{session_host}"
        self._scheme = f"{scheme}:".encode()
        self.same = app_host == session_host
        self._port = _parts(session_host)[1]
        names = [
            (_parts(app)[0], _parts(own)[0]) for app, own in ((app_host, session_host), *others)
        ]
        names.reverse()  # where one host has several names, the first holds
        self._app = {own: app for app, own in names}
        self._session = dict(names)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The app's own hosts, in lower case."""
        return tuple(host.decode() for host in self._session)

    def to_app(self, address: bytes) -> bytes:
        """Map an Origin or Referer of the browser to the app's."""
        found = None if self.same else _ADDRESS.match(address)
        if found is None or found[1] != self._scheme or (found[3] or b"") != self._port:
            return address
        name = self._app.get(found[2].lower())
        if name is None:
            return address
        return b"%b//%b%b%b" % (self._scheme, name, self._port, address[found.end() :])

    def to_browser(self, address: bytes) -> bytes:
        """Map an address or an origin of the app to the session's; others stay."""
        found = None if self.same else _ADDRESS.match(address)
        if found is None:
            return address
        name = self.name_of(found[2], found[1] or b"", found[3] or b"")
        if name is None:
            return address
        return b"%b//%b%b" % (self.scheme_of(found[1] or b""), name, address[found.end() :])

    def name_of(self, host: bytes, scheme: bytes, port: bytes) -> bytes | None:
        """Give the session's host and port for one of the app's, None for another's.

        `scheme` ends with a colon, `port` begins with one; each may be empty. The port `:*` stays.
        """
        name = self._session.get(host.lower())
        if name is None or port == b":*":
            return name and name + port
        if port != self._port and (self._port or port != _USUAL[scheme.lower() or self._scheme]):
            return None
        return name + self._port

    def names_below(self, suffix: bytes) -> list[bytes]:
        """Give the session's hosts, with the port, for the app's hosts below a domain."""
        ending = b"." + suffix.lower()
        return [
            own + self._port
            for app, own in self._session.items()
            if app.endswith(ending) and not own.endswith(ending)
        ]

    def scheme_of(self, scheme: bytes) -> bytes:
        """Give the scheme by which the browser reaches what the app gave this scheme."""
        if scheme[:2].lower() == b"ws":
            return b"wss:" if self._scheme == b"https:" else b"ws:"
        return self._scheme


def origins_of(draft: Draft) -> Origins:
    """Give the origins of a request in a session."""
    site, place, wire = draft.site, draft.place, draft.wire
    known = app_host(site, place.number)
    if site.isolation == "cookie":
        return _origins(wire.scheme, wire.host, known)
    return _origins(wire.scheme, wire.host, known, place.session_host, site.hosts, site.more_hosts)


@lru_cache(maxsize=4096)
def _origins(
    scheme: str,
    host: str,
    known: str,
    main: str = "",
    hosts: tuple[str, ...] = (),
    more_hosts: tuple[str, ...] = (),
) -> Origins:
    port = _parts(host)[1].decode()
    pairs = [(name, main) for name in hosts]
    pairs += [(name, session_host(main, at)) for at, name in enumerate(more_hosts, 1)]
    return Origins(scheme, known + port, host, ((a + port, own + port) for a, own in pairs))


def _parts(host: str) -> tuple[bytes, bytes]:
    """Part a Host in its name, in lower case, and its port with the colon, or nothing."""
    name, colon, port = host.rpartition(":")
    if not colon or not port.isdigit():
        return host.lower().encode(), b""
    return name.lower().encode(), colon.encode() + port.encode()
