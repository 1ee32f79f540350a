"""Caddy: a header set, on one thread of Go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.proxy import Proxy
from tests.bench.tools import running, tool
from tests.servers import unused_port

_CONFIG = """
{{
	admin off
	auto_https off
}}
http://:{port} {{
	bind 127.0.0.1
	reverse_proxy 127.0.0.1:{app_port} {{
		header_up X-Remote-User jonas
	}}
}}
"""


@contextmanager
def caddy(folder: Path, app_port: int) -> Iterator[Proxy]:
    """Run it in front of the app."""
    port = unused_port()
    config, log = folder / "Caddyfile", folder / "caddy.log"
    config.write_text(_CONFIG.format(port=port, app_port=app_port))
    command = (tool("caddy"), "run", "--adapter", "caddyfile", "--config", config)
    # it keeps data of its own under the user's home, else
    own = {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with running(log, *command, env=own | {"GOMAXPROCS": "1"}) as child:
        yield Proxy(child.pid, port, log)
