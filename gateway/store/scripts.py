"""Lua scripts, and a connection that does nothing else than run them."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import NoScriptError


class Script:
    """A Lua script, named by its SHA-1 and sent in full only to a server that does not know it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    async def through(
        self,
        execute: Callable[..., Awaitable[Any]],
        keys: Sequence[str],
        arguments: Sequence[Any],
    ) -> Any:
        """Run it by way of `execute`, which sends one command and returns its answer.

        Raises:
            redis.exceptions.RedisError: whatever `execute` raises; it may have run all the same.
        """
        try:
            return await execute("EVALSHA", self.sha, len(keys), *keys, *arguments)
        except NoScriptError:  # said before anything ran: the server was restarted
            return await execute("EVAL", self.text, len(keys), *keys, *arguments)


class Line:
    """One connection with one user, who waits for each answer: half the CPU of the pool's way.

    It connects when it is used. After a failure or a cancellation redis-py closes it (tested), so
    that an answer that comes late is never taken for the next command's.
    """

    def __init__(self, connection: AbstractConnection) -> None:
        # `Store.answers` bounds the whole exchange; a timer for each half would be a third of it.
        connection.socket_timeout = None
        self._connection = connection

    async def run(self, script: Script, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        """Run `script`, once. Call it inside `Store.answers`, one call at a time."""
        return await script.through(self._execute, keys, arguments)

    async def _execute(self, *command: Any) -> Any:
        await self._connection.send_command(*command)
        return await self._connection.read_response()

    async def aclose(self) -> None:
        """Close the connection."""
        await self._connection.disconnect()
