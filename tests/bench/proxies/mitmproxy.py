"""mitmproxy: what the gateway does to a governed request, by an addon; without audit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.proxy import Proxy
from tests.bench.tools import running, tool
from tests.servers import unused_port

_ADDON = """
import json

BAR = b'<link rel="stylesheet" href="/bar.css"><script src="/bar.js"></script></head>'


def request(flow):
    flow.request.headers["X-Remote-User"] = "jonas"


def response(flow):
    media = flow.response.headers.get("Content-Type", "")
    if media.startswith("application/json"):
        said = json.loads(flow.response.content)
        for contact in said["contacts"]:
            del contact["private_notes"], contact["email"]
        flow.response.content = json.dumps(said).encode()
    elif media.startswith("text/html"):
        flow.response.content = flow.response.content.replace(b"</head>", BAR, 1)
"""


@contextmanager
def mitmproxy(folder: Path, app_port: int) -> Iterator[Proxy]:
    """Run it in front of the app."""
    port = unused_port()
    addon, log = folder / "addon.py", folder / "mitmproxy.log"
    addon.write_text(_ADDON)
    command = (
        tool("mitmdump"),
        "--quiet",
        *("--mode", f"reverse:http://127.0.0.1:{app_port}"),
        *("--listen-host", "127.0.0.1", "--listen-port", str(port)),
        *("--scripts", addon, "--set", f"confdir={folder}"),
    )
    with running(log, *command) as child:
        yield Proxy(child.pid, port, log)
