"""`impersonation-gateway demo --json` as a script starts it: a process of its own."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Demo:
    """A demo that serves, and what it said of itself."""

    process: asyncio.subprocess.Process
    said: dict[str, Any]

    @property
    def console(self) -> str:
        address: str = self.said["console"]
        return address

    @property
    def crm(self) -> str:
        address: str = self.said["sites"][0]["url"]
        return address

    @property
    def port(self) -> int:
        return int(self.crm.rpartition(":")[2])

    def token(self, operator: str) -> str:
        (token,) = [each["token"] for each in self.said["operators"] if each["id"] == operator]
        return str(token)

    def descendants(self) -> set[int]:
        """The processes that it started, and that these started."""
        found: set[int] = set()
        parents = [self.process.pid]
        while parents:
            path = Path(f"/proc/{(pid := parents.pop())}/task/{pid}/children")
            children = {int(child) for child in path.read_text().split()}
            parents += children
            found |= children
        return found

    async def interrupt(self) -> int:
        """Press Ctrl-C; give the status with which it ended."""
        self.process.send_signal(signal.SIGINT)
        return await self.process.wait()


@asynccontextmanager
async def running_demo(folder: Path) -> AsyncIterator[Demo]:
    """Run the demo while the block runs; its data and its log go into the folder."""
    with (folder / "demo.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            Path(sys.executable).with_name("impersonation-gateway"),
            *("demo", "--listen", "127.0.0.1:0", "--data-dir", str(folder / "data"), "--json"),
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
    assert process.stdout is not None
    try:
        line = await process.stdout.readline()
        assert line, (folder / "demo.log").read_text()
        yield Demo(process, json.loads(line))
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


def lives(pid: int) -> bool:
    """Whether a process is there that still does something."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
