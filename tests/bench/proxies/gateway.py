"""The gateway: passing requests through, and in a session with rules that hit and durable audit.

Run as a program it is the gateway: with a folder, a store and the app's port it says in one line of
JSON where it listens and what a client in its session sends.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import uvloop

from gateway.app.serve import spare_the_collector
from tests.bench.payloads import VARIED, Payload
from tests.bench.proxy import Proxy
from tests.bench.tools import BenchFailed, running
from tests.e2e.harness import HOST, site
from tests.e2e.harness import running as gateway_running

_JSON = [Payload.JSON.path, f"{VARIED}*"]
_HTML = [Payload.RULED.path]
_RULES = {
    "categories": {"notes": "Notes", "contact": "Contact data"},
    "redaction": [
        {"id": "notes", "category": "notes", "paths": _JSON, "json": ["$..private_notes"]},
        {"id": "mail", "category": "contact", "paths": _JSON, "json": ["$..email"]},
        {"id": "notes-in-pages", "category": "notes", "paths": _HTML, "html": [".n"]},
        {"id": "mail-in-pages", "category": "contact", "paths": _HTML, "html": [".m"]},
    ],
}


@contextmanager
def gateway(folder: Path, store: str, app_port: int) -> Iterator[tuple[Proxy, Proxy]]:
    """Run it in front of the app; give it to ordinary clients, and to one in a session.

    Raises:
        BenchFailed: it does not start.
    """
    log = folder / "gateway.log"
    command = (sys.executable, "-m", __name__, folder / "data", store, str(app_port))
    with running(log, *command, reads=True) as child:
        assert child.stdout is not None
        said = child.stdout.readline()
        if not said:
            raise BenchFailed(f"The gateway does not start:\n{log.read_text()}")
        at = json.loads(said)
        passing = Proxy(child.pid, at["port"], log, {"Host": HOST})
        yield passing, replace(passing, headers={"Host": at["host"], "Cookie": at["cookie"]})


async def _serve(folder: Path, store: str, app_port: int) -> None:
    async with gateway_running(folder, store, site(app_port, **_RULES)) as running:
        session = await running.enter()
        said = {"port": running.port, "host": session.host, "cookie": session.cookie}
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    spare_the_collector()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
