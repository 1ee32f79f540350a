"""The gateway under measurement, in a process of its own."""

from __future__ import annotations

import asyncio
import os
from multiprocessing.connection import Connection
from pathlib import Path

import uvloop

from gateway.app.serve import spare_the_collector
from tests.e2e.harness import running, site


def gateway(folder: str, store: str, app_port: int, pipe: Connection) -> None:
    """Run a gateway in this process, with one session entered; say where and who."""

    async def run() -> None:
        rules = {
            "categories": {"notes": "Notes"},
            "redaction": [
                {"id": "notes", "category": "notes", "json": ["$..private_notes"], "html": [".n"]},
                {"id": "mail", "category": "notes", "json": ["$..email"], "html": [".m"]},
            ],
        }
        async with running(Path(folder), store, site(app_port, **rules)) as gw:
            session = await gw.enter()
            pipe.send((os.getpid(), gw.port, session.host, session.cookie))
            await asyncio.to_thread(pipe.recv)

    spare_the_collector()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())
