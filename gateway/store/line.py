"""A connection that does nothing else than run scripts, one at a time."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, cast

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import AskError, MovedError, TryAgainError

from gateway.store.client import FAULTS, Store, away
from gateway.store.deadline import Deadline
from gateway.store.scripts import Script
from gateway.store.server import Server, key_of

Words = Sequence[str | int | bytes]

_ELSEWHERE = (MovedError, AskError, TryAgainError)
"""What a node of a cluster says that has not done what it was asked for."""

_INTEGER = re.compile(rb":(-?\d+)\r\n")  # RESP


class Line:
    """One connection with one user, who waits for each answer: a tenth of the pool's CPU.

    It connects when it is used, and stays there for as long as it is answered. After a failure or a
    cancellation it is closed (tested), so that an answer that comes late is never taken for the
    next command's.
    """

    def __init__(self, store: Store) -> None:
        self._redis = store.redis
        self._server: Server | None = None  # where the connection leads
        self._connection: AbstractConnection | None = None
        self._answers: _Answers | None = None
        self._is_direct = not store.redis.bounds.replicas  # else more goes with each command
        self._deadline = Deadline(store.timeout)

    async def run(
        self, script: Script, keys: Sequence[str], arguments: Sequence[str | int | bytes], what: str
    ) -> Any:
        """Run `script`, once; one call at a time.

        Args:
            arguments: texts are names that come again: their encoding is kept.
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
        if self._connection is not None:
            await self._connection.disconnect()

    async def _execute(self, *words: str | int | bytes) -> Any:
        answers = self._answers
        if answers is not None and not answers.lost and self._is_direct:
            try:
                answer = await answers.to(packed(words))
                return await answers.connection.read_response() if answer is None else answer
            except _ELSEWHERE:  # nothing was done
                await self._close()
            except BaseException:
                await self._close()
                raise
        key = key_of(words)

        async def send(server: Server, asking: bool) -> Any:
            return await self._send(server, key, words, asking)

        return await self._redis.at(key, send)

    async def _send(self, server: Server, key: str, words: Words, asking: bool) -> Any:
        """Send it to `server`, and what goes with it."""
        answers = self._answers
        if answers is None or answers.lost or server is not self._server:
            answers = await self._connected(server)
        bounds = self._redis.bounds
        commands = [words, *bounds.behind(key)] if bounds.replicas else [words]
        if asking:  # it covers one command
            commands = [each for command in commands for each in (("ASKING",), command)]
        try:
            first = await answers.to(b"".join([packed(each) for each in commands]))
            said = [await answers.connection.read_response() if first is None else first]
            said += [await answers.connection.read_response() for _ in commands[1:]]
        except BaseException:
            await self._close()
            raise
        if asking:
            said = said[1::2]
        if bounds.replicas:
            bounds.see(said[-1])
        return said[0]

    async def _connected(self, server: Server) -> _Answers:
        """Let redis-py connect and sign in; then see its answers before its own reader does."""
        await self._close()
        connection = self._connection
        if connection is None or server is not self._server:
            connection = server.connection_pool.make_connection()  # type: ignore[no-untyped-call]  # redis-py's gap
            connection.socket_timeout = None  # the deadline bounds the whole exchange
            self._connection, self._server = connection, server
        await connection.connect()
        self._answers = answers = _Answers(connection)
        return answers

    async def _close(self) -> None:
        self._answers = None
        if self._connection is not None:
            await self._connection.disconnect(nowait=True)


class _Answers(asyncio.Protocol):
    """Hands an answer that is one integer to who waits for it, and any other to redis-py."""

    def __init__(self, connection: AbstractConnection) -> None:
        writer: asyncio.StreamWriter = connection._writer  # type: ignore[assignment]  # after `connect`
        self.connection = connection
        self.lost = False
        self._transport = transport = writer.transport
        self._other = cast("asyncio.Protocol", transport.get_protocol())
        self._loop = asyncio.get_running_loop()
        self._waiter = self._loop.create_future()
        transport.set_protocol(self)

    def to(self, command: bytes) -> asyncio.Future[int | None]:
        """Send `command`; its answer, or None: redis-py reads it."""
        self._waiter = waiter = self._loop.create_future()
        self._transport.write(command)
        return waiter

    def data_received(self, data: bytes) -> None:
        integer = _INTEGER.fullmatch(data)
        if integer is None or self._waiter.done():
            self._other.data_received(data)
            self._see_other()
        else:
            self._waiter.set_result(int(integer[1]))

    def eof_received(self) -> bool | None:
        self.lost = True
        self._see_other()
        return self._other.eof_received()

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = True
        self._other.connection_lost(error)
        self._see_other()

    def _see_other(self) -> None:
        if not self._waiter.done():
            self._waiter.set_result(None)


def packed(words: Words) -> bytes:
    """A command as it goes over the wire: an array of bulk strings (RESP)."""
    bulks = [_name(word) if isinstance(word, str) else _value(word) for word in words]
    return b"*%d\r\n%b" % (len(bulks), b"".join(bulks))


@lru_cache(64)
def _name(word: str) -> bytes:
    return _value(word.encode())


def _value(word: int | bytes) -> bytes:
    value = word if isinstance(word, bytes) else b"%d" % word
    return b"$%d\r\n%b\r\n" % (len(value), value)
