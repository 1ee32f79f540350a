"""A connection that does nothing else than run scripts, one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from redis.asyncio.connection import AbstractConnection

from gateway.store.client import FAULTS, Store, away
from gateway.store.deadline import Deadline
from gateway.store.scripts import Script


class Line:
    """One connection with one user, who waits for each answer: a third of the pool's CPU.

    It connects when it is used. After a failure or a cancellation redis-py closes it (tested), so
    that an answer that comes late is never taken for the next command's.
    """

    def __init__(self, store: Store) -> None:
        pool = store.redis.connection_pool
        connection: AbstractConnection = pool.make_connection()  # type: ignore[no-untyped-call]  # redis-py's gap
        connection.socket_timeout = None  # the deadline bounds the whole exchange
        self._connection = connection
        self._deadline = Deadline(store.timeout)

    async def run(
        self, script: Script, keys: Sequence[str], arguments: Sequence[str | int | bytes], what: str
    ) -> Any:
        """Run `script`, once; one call at a time.

        Args:
            what: what it does, for the error's detail: "put the request on record".

        Raises:
            StoreAway: no answer within the store's timeout, or an error. It may have run.
        """
        try:
            with self._deadline:
                return await script.through(self._execute, keys, arguments)
        except FAULTS as error:
            raise away(error, what) from error

    async def aclose(self) -> None:
        """Close the connection."""
        await self._connection.disconnect()

    async def _execute(self, *words: str | int | bytes) -> Any:
        await self._connection.send_packed_command(packed(words), check_health=False)
        return await self._connection.read_response()


def packed(words: Sequence[str | int | bytes]) -> bytes:
    """A command as it goes over the wire: an array of bulk strings (RESP)."""
    encoded = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    bulks = [b"$%d\r\n%b\r\n" % (len(word), word) for word in encoded]
    return b"*%d\r\n%b" % (len(bulks), b"".join(bulks))
