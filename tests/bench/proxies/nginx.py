"""nginx: a header set by `proxy_set_header`, a bar put into HTML by `sub_filter`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.payloads import Payload
from tests.bench.proxy import Proxy
from tests.bench.tools import running, tool
from tests.servers import unused_port

_CONFIG = """
daemon off; master_process off; worker_processes 1; error_log stderr error; pid {folder}/{name}.pid;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 1h;
  client_body_temp_path {folder}/b;
  proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u;
  scgi_temp_path {folder}/s;
  types {{ application/json json; text/html html; }}
  {servers}
}}
"""
_PROXY = """
  upstream app {{ server 127.0.0.1:{app_port}; keepalive 64; keepalive_requests 1000000000;
    keepalive_timeout 1h; }}
  server {{ listen 127.0.0.1:{port};
    proxy_http_version 1.1; proxy_set_header Connection "";
    proxy_set_header X-Remote-User jonas;
    location / {{ proxy_pass http://app; }}
    location = {page} {{ proxy_pass http://app;
      sub_filter '</head>' '<link rel="stylesheet" href="/bar.css"><script src="/bar.js"></script></head>';
    }} }}
"""  # noqa: E501


@contextmanager
def nginx(folder: Path, name: str, port: int, servers: str) -> Iterator[Proxy]:
    """Run nginx with these `server` blocks, the first at `port`."""
    config = folder / f"{name}.conf"
    config.write_text(_CONFIG.format(folder=folder, name=name, servers=servers))
    log = folder / f"{name}.log"
    command = (tool("nginx"), "-e", "stderr", "-p", folder, "-c", config)
    with running(log, *command) as child:
        yield Proxy(child.pid, port, log)


@contextmanager
def nginx_proxy(folder: Path, app_port: int) -> Iterator[Proxy]:
    """Run it in front of the app."""
    port = unused_port()
    servers = _PROXY.format(port=port, app_port=app_port, page=Payload.HTML.path)
    with nginx(folder, "nginx", port, servers) as proxy:
        yield proxy
