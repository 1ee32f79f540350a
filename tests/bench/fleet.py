"""Everything that runs while the benchmark measures: app, store and proxies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.app import app
from tests.bench.proxies.caddy import caddy
from tests.bench.proxies.gateway import gateway
from tests.bench.proxies.haproxy import haproxy
from tests.bench.proxies.mitmproxy import mitmproxy
from tests.bench.proxies.nginx import nginx_proxy
from tests.bench.proxies.python import program
from tests.bench.proxy import Proxy
from tests.bench.store import AuditStore
from tests.servers import store_server_in

PROXIES: Mapping[str, Callable[[Path, int], AbstractContextManager[Proxy]]] = {
    "mitmproxy": mitmproxy,
    "aiohttp": program("aiohttp_proxy"),
    "bare": program("bare_proxy"),
    "Caddy": caddy,
    "HAProxy": haproxy,
    "nginx": nginx_proxy,
}


@dataclass(frozen=True, slots=True)
class Fleet:
    """The app's port, the store, and the running proxies by name."""

    app_port: int
    store: AuditStore
    proxies: Mapping[str, Proxy]


@contextmanager
def fleet(folder: Path) -> Iterator[Fleet]:
    """Run it all; the proxies may still be starting."""
    with ExitStack() as stack:
        app_port = stack.enter_context(app(folder))
        proxies = {n: stack.enter_context(run(folder, app_port)) for n, run in PROXIES.items()}
        server = store_server_in(folder)
        stack.callback(server.remove)
        server.start()
        store = stack.enter_context(AuditStore(server.url))
        passing, governed = stack.enter_context(gateway(folder, server.url, app_port))
        yield Fleet(app_port, store, proxies | {"pass-through": passing, "governed": governed})
