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
from urllib.parse import parse_qsl, urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
)
from redis.exceptions import TimeoutError as RedisTimeout
from redis.maint_notifications import MaintNotificationsConfig

from gateway.errors import GatewayError, StoreAway
from gateway.store.safety import checked
from gateway.store.scripts import Script

FAULTS = (RedisError, OSError, TimeoutError)
"""What is raised when the store does not answer, or answers with an error."""

_CODES: tuple[tuple[type[Exception], str, str], ...] = (
    (OutOfMemoryError, "store_full", "has no memory left"),
    (ReadOnlyError, "store_read_only", "takes no writes: it is a replica"),
    (BusyLoadingError, "store_loading", "is loading its data"),
    (AuthenticationError, "store_sign_in", "does not accept the gateway's user or password"),
    (RedisTimeout, "store_slow", "did not answer in time"),
    (TimeoutError, "store_slow", "did not answer in time"),
    (Exception, "store_away", "did not answer"),
)


@dataclass(frozen=True)
class Store:
    """An open store. `timeout`: seconds that anything asked of it may take."""

    redis: Redis
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

    async def check_safe(self) -> tuple[str, ...]:
        """Refuse a store that would forget records (threat 48).

        Returns:
            What may lose records in a crash and is the owner's to decide, a sentence each.

        Raises:
            GatewayError: it evicts keys, takes no writes or is too old.
            StoreAway: it did not answer.
        """
        async with self.answers("ask the store for its settings"):
            facts = {
                name: value
                for section in ("server", "memory", "persistence", "replication")
                for name, value in cast("dict[str, object]", await self.redis.info(section)).items()
            }
            try:
                settings = cast("dict[str, str]", await self.redis.config_get("appendfsync"))
            except RedisError:  # hosted stores refuse CONFIG; then nobody can tell
                settings = {}
        return checked(facts, settings)

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
) -> Store:
    """Open the store at `url` and see that it answers.

    Args:
        url: `redis://`, `rediss://` or `unix://`; its query may hold `db` and `ssl_…` only, so
            that no address can switch the bounds below off.
        timeout: seconds that one use of the store may take, connecting included.

    Raises:
        GatewayError: the address cannot be used.
        StoreAway: nobody answers there.
    """
    try:
        client = _client(url, timeout)
    except ValueError as fault:
        raise GatewayError(
            "store_url",
            f"The store's address cannot be used: {fault}.",
            "Write it as redis://host:6379/0, rediss://… or unix:///path/to/socket.",
        ) from fault
    store = Store(client, timeout)
    try:
        async with store.answers("reach it"):
            await client.ping()
    except StoreAway:
        await store.aclose()
        raise
    return store


def _client(url: str, timeout: float) -> Redis:
    for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True):
        if name != "db" and not name.startswith("ssl_"):
            raise ValueError(f"{name!r} cannot be set in it")
    return Redis.from_url(
        url,
        legacy_responses=False,
        decode_responses=False,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), 0),
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    )
