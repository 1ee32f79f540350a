"""Connections that fail as redis-py says they do, on uvloop too.

A transport of uvloop that was closed raises RuntimeError when it is written to, where asyncio's own
does not; redis-py lets that through, and nobody who uses a store waits for one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from redis.asyncio import ConnectionPool
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError

_Pool = TypeVar("_Pool", bound=ConnectionPool)


class _Careful(AbstractConnection):
    async def send_packed_command(
        self, command: bytes | str | Iterable[bytes], check_health: bool = True
    ) -> None:
        """As redis-py has it.

        Raises:
            RedisConnectionError: nothing can be sent, whatever the reason.
        """
        try:
            await super().send_packed_command(command, check_health)
        except RuntimeError as closed:
            raise RedisConnectionError(str(closed)) from closed


def careful(pool: _Pool) -> _Pool:
    """Let a pool, which has no connection yet, make connections that fail so."""
    made = pool.connection_class
    pool.connection_class = type(made.__name__, (_Careful, made), {})
    return pool
