"""`impersonation-gateway serve` with several workers, as a process of its own."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric import ec

from gateway.app.gateway import Gateway
from gateway.store.client import connect
from tests.e2e.harness import Running, site, visiting, written
from tests.servers import unused_port


@dataclass
class Served:
    """A gateway that serves from several processes, the log of all, and who they are."""

    process: subprocess.Popen[str]
    folder: Path
    app_port: int
    port: int
    ops_port: int
    key: ec.EllipticCurvePrivateKey
    log: list[dict[str, Any]] = field(default_factory=list)
    _ended: bool = False
    _news: threading.Condition = field(default_factory=threading.Condition)

    def logged(self, event: str, times: int = 1) -> list[dict[str, Any]]:
        """Return when `event` was logged so often; blocks."""

        def found() -> list[dict[str, Any]]:
            return [line for line in self.log if line.get("event") == event]

        with self._news:
            self._news.wait_for(lambda: self._ended or len(found()) >= times, 30)
            assert len(found()) >= times, self.log
            return found()

    def read_log(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._news:
                self.log.append(json.loads(line) if line.startswith("{") else {"said": line})
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def children(self) -> dict[int, str]:
        """The processes that it started, with their commands."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return {
            int(pid): Path(f"/proc/{pid}/cmdline").read_text() for pid in path.read_text().split()
        }

    def workers(self) -> list[int]:
        return [pid for pid, said in self.children().items() if "gateway.app.worker" in said]

    def server_of(self, client: socket.socket) -> int:
        """The worker that a connection was accepted by."""
        ours, theirs = client.getsockname()[1], self.port
        rows = Path("/proc/net/tcp").read_text()
        (inode,) = re.findall(rf":{theirs:04X} \w+:{ours:04X} 01 (?:\S+ +){{5}}(\d+)", rows)
        (pid,) = [
            pid
            for pid in self.workers()
            for handle in Path(f"/proc/{pid}/fd").iterdir()
            if os.readlink(handle) == f"socket:[{inode}]"
        ]
        return pid

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Running]:
        """Ways to talk to it; its `gateway` is in other processes."""
        store = await connect(f"unix://{self.folder}/data/store.sock", timeout=5)
        nowhere = cast(Gateway, None)
        try:
            async with visiting() as client:
                yield Running(self.port, client, self.key, nowhere, self.ops_port, store)
        finally:
            await store.aclose()


@contextmanager
def served(folder: Path, app_port: int, workers: int = 2, **of_site: Any) -> Iterator[Served]:
    """Run one with its embedded store; in the same folder again it goes on where it was.

    `of_site` goes over what the config says of its site.
    """
    port, ops = unused_port(), unused_port()
    path, key = written(
        folder,
        "embedded",
        port,
        site(app_port, **of_site),
        listen=f"127.0.0.1:{port}",
        ops_listen=f"127.0.0.1:{ops}",
        workers=workers,
    )
    program = Path(sys.executable).with_name("impersonation-gateway")
    process = subprocess.Popen(
        [program, "serve", "--config", path], stderr=subprocess.PIPE, text=True
    )
    one = Served(process, folder, app_port, port, ops, key)
    reader = threading.Thread(target=one.read_log)
    reader.start()
    try:
        one.logged("gateway.ready")
        yield one
    finally:
        process.terminate()
        process.wait()
        reader.join()
        assert process.stderr is not None
        process.stderr.close()
