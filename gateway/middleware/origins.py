"""Map between the app's own origin and the one that a session has (isolation `host`).

The app is told its canonical host, so what it says of itself names that host; the browser is told
the session's. Only whole origins are mapped, at the start of an address: nothing is searched for.
"""

from __future__ import annotations

from functools import lru_cache


class Origins:
    """The two origins of one session. With isolation `cookie` they are the same.

    Args:
        scheme: `http` or `https`, as browsers reach us.
        app_host: the Host that the app sees, with the port that browsers use.
        session_host: the Host that the browser sees.
    """

    __slots__ = ("_app", "_same", "_session", "app_host", "session")

    def __init__(self, scheme: str, app_host: str, session_host: str) -> None:
        self.app_host = app_host
        self.session = f"{scheme}://{session_host}"
        self._session = self.session.encode()
        self._app = f"{scheme}://{app_host}".encode()
        self._same = app_host == session_host

    def to_app(self, address: bytes) -> bytes:
        """Map an Origin or Referer of the browser to the app's."""
        return address if self._same else _swap(address, self._session, self._app)

    def to_browser(self, address: bytes) -> bytes:
        """Map a Location or allowed origin of the app to the session's; others stay."""
        if self._same:
            return address
        for scheme in (b"http:", b"https:", b""):
            own = scheme + self._app[self._app.index(b"//") :]
            if (mapped := _swap(address, own, self._session)) != address:
                return mapped
        return address


def _swap(address: bytes, old: bytes, new: bytes) -> bytes:
    rest = address[len(old) :]
    if address[: len(old)].lower() == old.lower() and (not rest or rest[:1] in b"/?#"):
        return new + rest
    return address


@lru_cache(maxsize=4096)
def origins_of(scheme: str, canonical: str, host: str) -> Origins:
    """Give the origins of a request with this Host to a site whose app sees `canonical`."""
    _, colon, port = host.rpartition(":")
    app_host = canonical + (f":{port}" if colon and port.isdigit() else "")
    return Origins(scheme, app_host, host)
