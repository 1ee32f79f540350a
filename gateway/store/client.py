"""The client of the store: bounded in time, never repeating a command by itself.

A command that failed may still have been carried out, so the client does not send it again: who
needs that makes the command safe to repeat first. Errors of redis-py end here, as `StoreAway`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from redis.asyncio.client import PubSub
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
)
from redis.exceptions import TimeoutError as RedisTimeout

from gateway.errors import GatewayError, StoreAway
from gateway.store.address import Address, address
from gateway.store.cluster import Cluster
from gateway.store.safety import checked
from gateway.store.scripts import Script
from gateway.store.sentinel import Watched
from gateway.store.server import Bounds, Command, NotCopied, Server

FAULTS = (RedisError, OSError, TimeoutError)
"""What is raised when the store does not answer, or answers with an error."""

_CODES: tuple[tuple[type[Exception], str, str], ...] = (
    (OutOfMemoryError, "store_full", "has no memory left"),
    (ReadOnlyError, "store_read_only", "takes no writes: it is a replica"),
    (BusyLoadingError, "store_loading", "is loading its data"),
    (NotCopied, "store_not_copied", "has too few replicas that keep up"),
    (AuthenticationError, "store_sign_in", "does not accept the gateway's user or password"),
    (RedisTimeout, "store_slow", "did not answer in time"),
    (TimeoutError, "store_slow", "did not answer in time"),
    (Exception, "store_away", "did not answer"),
)


@dataclass(frozen=True)
class Store:
    """An open store. `timeout`: seconds that anything asked of it may take."""

    redis: Server
    timeout: float

    @asynccontextmanager
    async def answers(self, what: str) -> AsyncIterator[None]:
        """Bound a block of commands in time and turn their errors into `StoreAway`.

        What was asked may have been done even when this raises.

        Args:
            what: what the block does, for the error's detail: "read the session".

        Raises:
            StoreAway: the store did not answer in time, or answered with an error.
        """
        try:
            async with asyncio.timeout(self.timeout):
                yield
        except FAULTS as error:
            raise away(error, what) from error

    async def run(self, script: Script, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        """Run `script`, once. Call it inside `answers`."""
        return await script.through(self.redis.execute_command, keys, arguments)

    async def together(self, key: str, reads: Sequence[Command]) -> list[Any]:
        """Send several reads of one slot at once. Call it inside `answers`.

        Args:
            key: a key in that slot.
        """

        async def send(server: Server, asking: bool) -> list[Any]:
            return await server.exchange(reads, {}, asking=asking) if reads else []

        return await self.redis.at(key, send)

    async def pubsub(self, channel: str) -> PubSub:
        """Somebody who may subscribe to `channel`, where publishers are likely to be.

        Call it inside `answers`. A cluster tells all its nodes of a message; the one that is asked
        here is the one that they publish on.
        """

        async def opened(server: Server, asking: bool) -> PubSub:
            await server.execute_command("EXISTS", channel)
            return server.pubsub()

        return await self.redis.at(channel, opened)

    async def ping(self) -> None:
        """See that each server that records go to answers. Call it inside `answers`."""
        for server in await self.redis.masters():
            await server.ping()

    async def check_safe(self) -> tuple[str, ...]:
        """Refuse a store that would forget records (threat 48): any server of it.

        Returns:
            What may lose records in a crash and is the owner's to decide, a sentence each.

        Raises:
            GatewayError: it evicts keys, takes no writes or is too old.
            StoreAway: it did not answer.
        """
        async with self.answers("ask the store for its servers"):
            members = await self.redis.members()
        warnings: list[str] = []
        for server, place, replica in members:
            try:
                async with self.answers("ask the store for its settings"):
                    facts, settings = await _said(server)
            except StoreAway:
                if not replica:
                    raise
                warnings.append(f"The replica {place} does not answer: it was not looked at.")
            else:
                warnings += checked(facts, settings, place, replica=replica)
            finally:
                if replica:
                    await server.aclose()
        return tuple(warnings)

    async def servers(self) -> tuple[str, ...]:
        """Give program and version of each server that takes writes: `valkey 8.1.4`.

        Raises:
            StoreAway: one of them did not answer.
        """
        async with self.answers("ask the store what it is"):
            found = [
                await each.execute_command("INFO", "server") for each in await self.redis.masters()
            ]
        return tuple(map(_named, cast("list[dict[str, object]]", found)))

    async def aclose(self) -> None:
        """Close every connection."""
        await self.redis.aclose()


def away(error: Exception, what: str) -> StoreAway:
    """The error that says in our words why `what` could not be done."""
    said = (error, error.__cause__)  # what a handshake fails of, redis-py wraps once more
    code, why = next((c, why) for kind, c, why in _CODES if any(isinstance(e, kind) for e in said))
    return StoreAway(
        code,
        f"The store {why}, so the gateway could not {what}.",
        "Try again in a moment; if it lasts, tell the people who run the gateway.",
    )


async def connect(
    url: str,
    *,
    timeout: float,  # noqa: ASYNC109 - of each later use too, so it cannot be the caller's block
    replicas: int = 0,
) -> Store:
    """Open the store at `url` and see that it answers.

    Args:
        url: as `gateway.store.address` has it. Its query may hold little, so that no address can
            switch the bounds off.
        timeout: seconds that one use of the store may take, connecting included.
        replicas: how many replicas must have each write before it counts as done.

    Raises:
        GatewayError: the address cannot be used.
        StoreAway: nobody answers there.
    """
    try:
        client = _client(address(url), url, Bounds(timeout, replicas))
    except ValueError as fault:
        raise GatewayError(
            "store_url",
            f"The store's address cannot be used: {fault}.",
            "Write it as redis://host:6379/0, rediss://…, unix:///path/to/socket, "
            "redis+cluster://host:7000,host:7001 or "
            "redis+sentinel://host:26379,host:26380/name-of-the-master.",
        ) from fault
    store = Store(client, timeout)
    try:
        async with store.answers("reach it"):
            await store.ping()
    except StoreAway:
        await store.aclose()
        raise
    return store


def _client(said: Address, url: str, bounds: Bounds) -> Server:
    if said.kind == "cluster":
        return Cluster(said, bounds)
    if said.kind == "sentinel":
        return Watched(said, bounds)
    return Server.of_url(url, bounds)


def _named(facts: dict[str, object]) -> str:
    if "valkey_version" in facts:
        return f"valkey {facts['valkey_version']}"
    return f"redis {facts.get('redis_version', '')}".rstrip()


async def _said(server: Server) -> tuple[dict[str, object], dict[str, str]]:
    """What a server says of itself, and of when it syncs to disk, where it tells that."""
    facts: dict[str, object] = {}
    for section in ("server", "memory", "persistence", "replication"):
        facts |= cast("dict[str, object]", await server.execute_command("INFO", section))
    try:
        said = await server.execute_command("CONFIG GET", "appendfsync")
    except RedisError:  # hosted stores refuse CONFIG; then nobody can tell
        said = {}
    return facts, cast("dict[str, str]", said)
