"""The CRM as a child process: as real as an app that somebody else runs."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import GatewayError


@dataclass(frozen=True, slots=True)
class RunningCrm:
    """A CRM that answers at `url`. It ends by itself when this process does."""

    url: str
    _child: asyncio.subprocess.Process

    async def stop(self) -> None:
        """End it, and return when it has ended."""
        if self._child.stdin is not None:
            self._child.stdin.close()
        try:
            async with asyncio.timeout(5):
                await self._child.wait()
        except TimeoutError:
            self._child.kill()
            await self._child.wait()


async def start_crm(folder: Path) -> RunningCrm:
    """Start the CRM over the data in a folder.

    Raises:
        GatewayError: it did not come up.
    """
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "gateway.demo.crm", "--port", "0", "--data", str(folder), "--with-parent"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C in the terminal is for the gateway, which then stops it
    )
    if child.stdout is None:
        raise AssertionError("the pipe was asked for")
    line = await child.stdout.readline()
    if not line:
        await child.wait()
        raise GatewayError("demo", "The CRM did not start; what it said stands above.")
    return RunningCrm(f"http://127.0.0.1:{json.loads(line)['port']}", child)
