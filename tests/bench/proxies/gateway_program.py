"""The gateway as it is measured: a session is entered, rules hit, and audit is durable.

    python -m tests.bench.proxies.gateway_program FOLDER STORE APP_PORT

says in one line of JSON where it listens, and what ordinary clients and one in the session send.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import uvloop

from gateway.app.serve import spare_the_collector
from tests.bench.payloads import VARIED, Payload
from tests.e2e.harness import HOST, running, site

_JSON = [Payload.JSON.path, f"{VARIED}*"]
_HTML = [Payload.RULED.path]
RULES = {
    "categories": {"notes": "Notes", "contact": "Contact data"},
    "redaction": [
        {"id": "notes", "category": "notes", "paths": _JSON, "json": ["$..private_notes"]},
        {"id": "mail", "category": "contact", "paths": _JSON, "json": ["$..email"]},
        {"id": "notes-in-pages", "category": "notes", "paths": _HTML, "html": [".n"]},
        {"id": "mail-in-pages", "category": "contact", "paths": _HTML, "html": [".m"]},
    ],
}


async def _serve(folder: Path, store: str, app_port: int) -> None:
    async with running(folder, store, site(app_port, **RULES)) as served:
        session = await served.enter()
        said = {"port": served.port, "ordinary": {"Host": HOST}, "governed": session.headers}
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    spare_the_collector()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
