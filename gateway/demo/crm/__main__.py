"""`python -m gateway.demo.crm --port 0 --data DIR`: run the CRM; its port is the first line."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

from aiohttp import web

from gateway.demo.crm.app import create_crm


async def run(port: int, folder: Path, *, with_parent: bool) -> None:
    """Serve on loopback until told to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    runner = web.AppRunner(create_crm(folder), access_log=None, shutdown_timeout=2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    sys.stdout.write(json.dumps({"port": runner.addresses[0][1]}) + "\n")
    sys.stdout.flush()
    if with_parent:
        await loop.connect_read_pipe(lambda: _Parent(stop), sys.stdin)
    await stop.wait()
    await runner.cleanup()


class _Parent(asyncio.Protocol):
    """Standard input: it closes when the process that started this one is gone."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop.set()


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description="Relata, the demo's CRM")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "--with-parent", action="store_true", help="stop when standard input is closed"
    )
    said = parser.parse_args()
    asyncio.run(run(said.port, said.data, with_parent=said.with_parent))


if __name__ == "__main__":
    main()
