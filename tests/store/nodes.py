"""Store servers of several processes, on ports of 127.0.0.1."""

from __future__ import annotations

import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import redis

from gateway.store.client import Store, connect
from tests.servers import server_binary, unused_port

PATIENCE = 30.0
"""Seconds until servers that do not come to agree count as failed."""

_TO_COPY = ("psync", "sync", "replconf")


class Node:
    """One server process in a folder of its own; `more` are its arguments."""

    def __init__(self, folder: Path, *more: str) -> None:
        self.folder = folder
        self.folder.mkdir()
        self.port = unused_port()
        self.client = redis.Redis(port=self.port, decode_responses=True, socket_timeout=PATIENCE)
        self._more = more
        self.child: subprocess.Popen[bytes] | None = None

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        arguments = ("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder))
        at_once = ("--repl-diskless-sync-delay", "0")
        self.child = child = subprocess.Popen(
            [server_binary(), *self._more, *arguments, *at_once],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(lambda: child.poll() is not None or self._answers())
        assert child.poll() is None, "the server did not start"

    def kill(self) -> None:
        if self.child is not None:
            self.child.kill()
            self.child.wait()
            self.child = None

    def say(self, *words: str | int) -> Any:
        """Send a command; its answer as the server gives it."""
        return self.client.execute_command(*words)  # type: ignore[no-untyped-call]  # redis-py's gap

    def replication(self) -> dict[str, Any]:
        """What the server says of its role, and of its link to a master."""
        return self.client.info("replication")

    def follows(self) -> bool:
        """Whether it is a replica that has all data."""
        said = self.replication()
        return bool(said["role"] == "slave" and said["master_link_status"] == "up")

    def replica_reads(self, *words: str | int) -> Any:
        """As `say`, of a replica: what it has itself."""
        with redis.Redis(port=self.port) as client:
            with suppress(redis.ResponseError):  # said by a server that is of no cluster
                client.readonly()
            return client.execute_command(*words)

    def copied(self) -> bool:
        """Whether its replica has all that it has."""
        said = self.replication()
        return bool(said["slave0"]["offset"] == said["master_repl_offset"])

    def cut_replicas(self) -> None:
        """Let no replica copy from it any more, though all can reach it."""
        self.say("ACL", "SETUSER", "default", *(f"-{each}" for each in _TO_COPY))
        self.say("CLIENT", "KILL", "TYPE", "replica")

    def _answers(self) -> bool:
        try:
            return bool(self.say("PING"))
        except redis.ConnectionError:
            return False


class Servers(Protocol):
    """A store whose masters have replicas that take their place."""

    url: str
    nodes: list[Node]

    def master_of(self, key: str) -> Node:
        """The server that takes writes to a key now."""

    def whole(self) -> bool:
        """Whether all serve, and all replicas have all data."""

    def come_back(self, dead: Node) -> None:
        """Start a server that was killed, and return when it follows."""


@asynccontextmanager
async def opened(url: str, replicas: int = 0) -> AsyncIterator[Store]:
    """The store at `url`."""
    store = await connect(url, timeout=5, replicas=replicas)
    try:
        yield store
    finally:
        await store.aclose()


def fail_over(servers: Servers, key: str) -> Node:
    """Kill the master of a key, return when another has its place; give the dead one."""
    dead = servers.master_of(key)
    dead.kill()
    until(lambda: servers.master_of(key) is not dead)
    return dead


def until(true: Callable[[], bool]) -> None:
    """Return when something is true that no event tells of."""
    deadline = time.monotonic() + PATIENCE
    while not _is(true):
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


def _is(true: Callable[[], bool]) -> bool:
    try:
        return true()
    except (redis.RedisError, LookupError, ValueError, StopIteration):
        return False
