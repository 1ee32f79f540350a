"""The connections to one app: at most so many in use, the rest kept for a while."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from contextlib import suppress
from typing import NamedTuple

from gateway.errors import UpstreamError
from gateway.upstream.connection import Connection
from gateway.upstream.faults import busy, closing, connect_timed_out, unreachable
from gateway.upstream.settings import UpstreamSettings
from gateway.upstream.tls import client_context


class Seen(NamedTuple):
    """How connecting went last, by the loop's clock in seconds; 0: it never did.

    `fault`: the code of the last failure.
    """

    connected_at: float = 0.0
    failed_at: float = 0.0
    fault: str = ""


class Pool:
    """Lends connections, each to one exchange at a time.

    A place is taken with each connection lent and is free again when it comes back. Kept
    connections have had a place, so there are never more of them than places.
    """

    def __init__(self, settings: UpstreamSettings) -> None:
        self._settings = settings
        self._tls = client_context(settings.ca_file) if settings.tls else None
        self._free = settings.max_connections
        self._waiting: deque[asyncio.Future[None]] = deque()  # empty while a place is free
        self._idle: dict[Connection, None] = {}  # in the order of their return
        self._open: set[Connection] = set()
        self._closed = False
        self._empty = asyncio.Event()
        self.seen = Seen()

    def kept(self) -> Connection | None:
        """A connection kept from an earlier request, when that needs no waiting."""
        connection = self._pop_quiet() if self._free else None
        if connection is not None:
            self._free -= 1
        return connection

    async def take(self) -> Connection:
        """A connection, kept or new, on which nothing was written for the next request.

        Raises:
            UpstreamError: `upstream_busy`, `upstream_unreachable`, `upstream_timeout`, or
                `upstream_closed`; nothing was sent.
        """
        if self._free:
            self._free -= 1
        else:
            await self._wait_for_place()
        try:
            return self._pop_quiet() or await self._connect()
        except BaseException:
            self._release()
            raise

    def give_back(self, connection: Connection, keep_for: float) -> None:
        """End a loan: keep the connection for `keep_for` seconds, or close it when that is 0."""
        connection.listener = None
        if self._waiting:
            self._release()
        else:
            self._free += 1
        if keep_for > 0 and not self._closed:
            if connection.paused:
                connection.resume()
            connection.alarm.set(keep_for)
            self._idle[connection] = None
        else:
            connection.abort()

    def keeps(self, keep_alive: int | None) -> float:
        """Seconds to keep a connection whose app says that it keeps it for `keep_alive`."""
        idle = self._settings.idle_timeout
        # A second less than the app says, so that our next request never meets its close.
        return idle if keep_alive is None else max(0.0, min(idle, keep_alive - 1))

    def leave(self, connection: Connection, patience: float) -> None:
        """End a loan: close the connection once what was written is sent."""
        connection.listener = None
        self._release()
        connection.finish(patience)

    async def aclose(self) -> None:
        """Close every connection, lent ones too, and lend no more."""
        self._closed = True
        for connection in self._open:
            connection.abort()
        if self._open:
            await self._empty.wait()

    def _pop_quiet(self) -> Connection | None:
        # The last one used is the least likely to have been left by the app.
        while self._idle:
            connection, _ = self._idle.popitem()
            if connection.is_quiet():
                return connection
            connection.abort()
        return None

    async def _wait_for_place(self) -> None:
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            async with asyncio.timeout(self._settings.connect_timeout):
                await place
        except BaseException as error:
            with suppress(ValueError):
                self._waiting.remove(place)
            if not place.cancelled():
                self._release()  # it came in the moment in which nobody wanted it any more
            if isinstance(error, TimeoutError):
                raise busy() from None
            raise

    def _release(self) -> None:
        """Hand a place to whoever has waited longest."""
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._free += 1

    async def _connect(self) -> Connection:
        if self._closed:
            raise closing()
        settings = self._settings
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(settings.connect_timeout):
                _, connection = await loop.create_connection(
                    lambda: Connection(loop, self._lost),
                    settings.host,
                    settings.port,
                    ssl=self._tls,
                    server_hostname=(settings.server_name or settings.host) if self._tls else None,
                )
        except TimeoutError:
            raise self._noted(connect_timed_out()) from None
        except OSError as error:
            raise self._noted(unreachable(_reason(error))) from error
        self.seen = self.seen._replace(connected_at=loop.time())
        self._open.add(connection)
        if self._closed:
            connection.abort()
            raise closing()
        return connection

    def _noted(self, error: UpstreamError) -> UpstreamError:
        at = asyncio.get_running_loop().time()
        self.seen = self.seen._replace(failed_at=at, fault=error.code)
        return error

    def _lost(self, connection: Connection) -> None:
        self._idle.pop(connection, None)
        self._open.discard(connection)
        if not self._open:
            self._empty.set()


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate does not hold ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f"the TLS handshake failed ({error.reason})"
    return error.strerror or str(error)
