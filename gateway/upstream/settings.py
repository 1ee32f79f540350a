"""What an operator of the gateway can set about the connections to one site's app."""

from __future__ import annotations

from gateway.model import Frozen


class UpstreamSettings(Frozen, frozen=True, kw_only=True):
    """Where an app is, and how much patience and room it gets. Times are seconds, sizes bytes.

    Requests go to `host` and `port` and nowhere else, whatever a request says (threat 50).
    `server_name` is the name that the app's certificate must carry; `host` when None.
    `ca_file` replaces the system's trusted authorities; None keeps them.
    `max_connections` counts requests, streams and tunnels under way at once, in this process.
    `connect_timeout` bounds the wait for a free place and, after it, TCP and TLS set-up.
    `total_timeout` runs from the end of the request to the end of the response's head.
    `read_timeout` runs between two pieces of a response's body, and while the app takes no more
    of a request's body. An event stream may be silent for as long as it likes.
    `idle_timeout` is how long an unused connection is kept.
    `max_head` bounds a response's head, interim (1xx) responses before it included.
    """

    host: str
    port: int
    tls: bool = False
    server_name: str | None = None
    ca_file: str | None = None
    max_connections: int = 256
    connect_timeout: float = 5.0
    read_timeout: float = 60.0
    total_timeout: float = 60.0
    idle_timeout: float = 15.0
    max_head: int = 65536
