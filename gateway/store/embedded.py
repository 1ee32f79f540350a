"""A store of the gateway's own: a Valkey or Redis child on a unix socket, kept alive.

It writes every change to an append-only file in the data folder, evicts nothing, and has no network
port unless asked. It sits in a session of its own, so that Ctrl-C reaches the gateway alone, which
stops it last; when the gateway is killed, the kernel ends it (`guard`), and should that fail, the
next start does (`folder`).
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from gateway.errors import GatewayError, StoreAway
from gateway.store import guard
from gateway.store.binary import find_server
from gateway.store.client import connect
from gateway.store.folder import GRACE, DataFolder

Fsync = Literal["always", "everysec"]

START_TIMEOUT = 30.0
"""Seconds until a server that neither answers nor loads its data counts as failed."""

SHORTEST_PAUSE, LONGEST_PAUSE = 0.05, 5.0
STEADY = 10.0
"""Seconds of life after which the next death is restarted without a growing pause."""


class EmbeddedStore:
    """The server child and its supervision.

    Args:
        data_dir: holds its append-only file, log and socket; made when missing.
        fsync: when what was acknowledged is on disk; what that survives is in `docs/security.md`.
        port: a port of 127.0.0.1 to listen on as well, for `redis-cli`; no other protection.
        died: called with the exit status each time it ended by itself, before it is restarted.
    """

    def __init__(
        self,
        data_dir: Path,
        fsync: Fsync = "always",
        *,
        port: int | None = None,
        died: Callable[[int], None] = lambda status: None,
    ) -> None:
        self._folder = DataFolder(data_dir)
        self._fsync = fsync
        self._port = port or 0
        self._died = died
        self._child: asyncio.subprocess.Process | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    @property
    def url(self) -> str:
        """The redis URL of its socket."""
        return f"unix://{quote(str(self._folder.socket()))}"

    @property
    def pid(self) -> int | None:
        """Its process id; None when it does not run."""
        if self._child is None or self._child.returncode is not None:
            return None
        return self._child.pid

    async def start(self) -> str:
        """Start it and return its URL when it answers, its data loaded.

        Raises:
            GatewayError: no program, a folder in use, or a server that does not come up.
        """
        await self._folder.claim()
        self._stopping.clear()
        try:
            self._folder.log.write_bytes(b"")
            await self._spawn()
        except BaseException:
            await self.stop()
            raise
        self._supervisor = asyncio.create_task(self._supervise(), name="embedded store")
        return self.url

    async def stop(self) -> None:
        """End it cleanly; again is nothing."""
        self._stopping.set()
        await self._end()
        if self._supervisor is not None:
            await self._supervisor
            self._supervisor = None
            await self._end()  # the supervisor may have been starting another one
        self._folder.release()

    async def _supervise(self) -> None:
        loop = asyncio.get_running_loop()
        pause, started = SHORTEST_PAUSE, loop.time()
        while self._child is not None:
            status = await self._child.wait()
            if self._stopping.is_set():
                return
            self._died(status)
            if loop.time() - started > STEADY:
                pause = SHORTEST_PAUSE
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)
                return
            pause, started = min(pause * 2, LONGEST_PAUSE), loop.time()
            with suppress(GatewayError, OSError):  # no child lives: the next round tries again
                await self._spawn()

    async def _spawn(self) -> None:
        with self._folder.log.open("ab") as log:
            self._child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", guard.__file__, str(os.getpid())),
                *(str(self._folder.pid_file), str(find_server())),
                *("--port", str(self._port), "--bind", "127.0.0.1"),
                *("--unixsocket", str(self._folder.socket()), "--unixsocketperm", "700"),
                *("--dir", str(self._folder.path), "--save", ""),
                *("--appendonly", "yes", "--appendfsync", self._fsync),
                *("--maxmemory", "0", "--maxmemory-policy", "noeviction"),
                *("--daemonize", "no", "--supervised", "no", "--loglevel", "warning"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(),
                start_new_session=True,
            )
        try:
            await self._answering(self._child)
        except GatewayError:
            await self._end()
            raise

    async def _answering(self, child: asyncio.subprocess.Process) -> None:
        loop = asyncio.get_running_loop()
        give_up, pause = loop.time() + START_TIMEOUT, 0.01
        while not self._stopping.is_set():
            try:
                store = await connect(self.url, timeout=1.0)
            except StoreAway as answer:
                if answer.code == "store_loading":
                    give_up = loop.time() + START_TIMEOUT
            else:
                await store.aclose()
                return
            if child.returncode is not None or loop.time() > give_up:
                raise GatewayError(
                    "store_start",
                    f"The embedded store did not start: {self._last_words()}",
                    f"Its log is {self._folder.log}.",
                )
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.2)

    async def _end(self) -> None:
        child = self._child
        if child is None or child.returncode is not None:
            return
        child.terminate()
        try:
            await asyncio.wait_for(child.wait(), GRACE)
        except TimeoutError:
            child.kill()
            await child.wait()

    def _last_words(self) -> str:
        lines = self._folder.log.read_text(errors="replace").split("\n")
        return next((line for line in reversed(lines) if line.strip()), "it said nothing.")


def _environment() -> dict[str, str]:
    """Ours without the gateway's secrets; C locale, as the server refuses one that is missing."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    return kept | {"LC_ALL": "C"}
