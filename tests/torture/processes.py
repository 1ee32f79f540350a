"""The programs that are tortured, each kept alive as a service manager does."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.servers import LocalServer

_PATIENCE = 60.0
"""Seconds that a program has to come to serve, or to end in good order."""
_PAUSE = 0.3
"""Seconds before a program that ended by itself is started again."""


def say_to(pid: int, number: signal.Signals) -> None:
    """Send a signal; nothing when the process is gone."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def children_of(pid: int) -> dict[int, str]:
    """The processes that one has started, with their commands; none when it is gone."""
    found = {}
    with suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            with suppress(OSError):
                found[int(child)] = Path(f"/proc/{child}/cmdline").read_text()
    return found


@dataclass(eq=False)
class Program:
    """A program that is started again whenever it ends, until `end`."""

    name: str
    command: tuple[str, ...]
    ready: str
    """Stands in the line by which it says that it serves."""
    log: Path
    starts: int = 0
    faults: list[str] = field(default_factory=list)
    """Lines that tell of a fault of its own."""
    _process: asyncio.subprocess.Process | None = None
    _keeping: asyncio.Task[None] | None = None
    _serves: asyncio.Event = field(default_factory=asyncio.Event)
    _may_run: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        """Start it, and return when it serves."""
        self._may_run.set()
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._keep(), name=self.name)
        async with asyncio.timeout(_PATIENCE):
            await self._serves.wait()

    @property
    def pid(self) -> int | None:
        """Its process, where there is one."""
        return None if self._process is None else self._process.pid

    def workers(self) -> list[int]:
        """The processes of its workers, in the order of their start."""
        found = children_of(self.pid) if self.pid is not None else {}
        return sorted(pid for pid, said in found.items() if "gateway.app.worker" in said)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal; nothing when it does not run."""
        if self.pid is not None:
            say_to(self.pid, number)

    async def down(self, number: signal.Signals, seconds: float) -> None:
        """End it by a signal, and let it be away for a while."""
        self._may_run.clear()
        process = self._process
        if process is not None:
            self.send(number)
            async with asyncio.timeout(_PATIENCE):
                await process.wait()
        await asyncio.sleep(seconds)
        self._may_run.set()

    async def end(self) -> None:
        """End it in good order, for good."""
        await self.down(signal.SIGTERM, 0)
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait((self._keeping,))
        self._may_run.clear()
        await self.down(signal.SIGKILL, 0)

    async def _keep(self) -> None:
        with self.log.open("ab") as log:
            while True:
                await self._may_run.wait()
                self.starts += 1
                process = self._process = await asyncio.create_subprocess_exec(
                    *self.command,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.STDOUT,
                    limit=1 << 22,
                )
                assert process.stdout is not None
                async for line in process.stdout:
                    log.write(line)
                    log.flush()
                    self._heard(line.decode(errors="replace").rstrip())
                await process.wait()
                self._serves.clear()
                self._process = None
                await asyncio.sleep(_PAUSE)

    def _heard(self, line: str) -> None:
        if self.ready in line:
            self._serves.set()
        said: dict[str, Any] = {}
        with suppress(ValueError):
            said = json.loads(line)
        told = line == self.ready or line.startswith("Error: ")  # why it does not start
        if "exception" in said or not (said or told):
            self.faults.append(f"{self.name}: {line}")


class Store(LocalServer):
    """The store, which can be frozen too."""

    def send(self, number: signal.Signals) -> None:
        """Send it a signal; nothing when it does not run."""
        if self._child is not None:
            self._child.send_signal(number)


def gateway(number: int, config: Path, log: Path) -> Program:
    """A gateway, as people run it."""
    program = Path(sys.executable).with_name("impersonation-gateway")
    command = (str(program), "serve", "--config", str(config))
    return Program(f"gateway {number}", command, '"gateway.ready"', log)


def app(port: int, ledger: Path, log: Path) -> Program:
    """The app."""
    command = (sys.executable, "-m", "tests.torture.app", str(port), str(ledger))
    return Program("app", command, "ready", log)
