"""The app behind every proxy: nginx serving fixed files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.payloads import VARIED, Payload, write
from tests.bench.proxies.nginx import nginx
from tests.servers import unused_port

_SERVER = """
  server {{ listen 127.0.0.1:{port}; root {folder};
    location {varied} {{ rewrite ^ {json} break; }} }}
"""


@contextmanager
def app(folder: Path) -> Iterator[int]:
    """Run the app; give its port."""
    port = unused_port()
    write(folder)
    server = _SERVER.format(port=port, folder=folder, varied=VARIED, json=Payload.JSON.path)
    with nginx(folder, "app", port, server):
        yield port
