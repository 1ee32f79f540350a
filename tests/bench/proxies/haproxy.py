"""HAProxy: a header set, on one thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.proxy import Proxy
from tests.bench.tools import running, tool
from tests.servers import unused_port

_CONFIG = """
global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend clients
  bind 127.0.0.1:{port}
  http-request set-header X-Remote-User jonas
  default_backend app
backend app
  server app 127.0.0.1:{app_port}
"""


@contextmanager
def haproxy(folder: Path, app_port: int) -> Iterator[Proxy]:
    """Run it in front of the app."""
    port = unused_port()
    config, log = folder / "haproxy.cfg", folder / "haproxy.log"
    config.write_text(_CONFIG.format(port=port, app_port=app_port))
    with running(log, tool("haproxy"), "-db", "-f", config) as child:
        yield Proxy(child.pid, port, log)
