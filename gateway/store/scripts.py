"""Lua scripts."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

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
