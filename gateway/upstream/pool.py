"""The connections to one app: at most so many in use, the rest kept for a while."""

from __future__ import annotations

import asyncio
import ssl

from gateway.upstream.connection import Connection
from gateway.upstream.faults import busy, closing, connect_timed_out, unreachable
from gateway.upstream.settings import UpstreamSettings
from gateway.upstream.tls import client_context


class Pool:
    """Lends connections, each to one exchange at a time.

    A place is taken with each connection lent and is free again when it comes back. Kept
    connections have had a place, so there are never more of them than places.
    """

    def __init__(self, settings: UpstreamSettings) -> None:
        self._settings = settings
        self._tls = client_context(settings.ca_file) if settings.tls else None
        self._places = asyncio.Semaphore(settings.max_connections)
        self._open: set[Connection] = set()
        self._idle: dict[Connection, None] = {}  # in the order of their return
        self._closed = False
        self._empty = asyncio.Event()

    async def take(self) -> Connection:
        """A connection on which nothing was written for the next request.

        Raises:
            UpstreamError: `upstream_busy`, `upstream_unreachable`, `upstream_timeout`, or
                `upstream_closed`; nothing was sent.
        """
        await self._take_place()
        try:
            # The last one used is the least likely to have been left by the app.
            while self._idle:
                connection, _ = self._idle.popitem()
                if connection.is_quiet():
                    connection.alarm.off()
                    return connection
                connection.abort()
            return await self._connect()
        except BaseException:
            self._places.release()
            raise

    def give_back(self, connection: Connection, keep_for: float | None) -> None:
        """End a loan: keep the connection for `keep_for` seconds, or close it when None."""
        connection.listener = None
        self._places.release()
        if keep_for is None or self._closed:
            connection.abort()
        else:
            connection.resume()
            connection.alarm.set(keep_for)
            self._idle[connection] = None

    def leave(self, connection: Connection, patience: float) -> None:
        """End a loan: close the connection once what was written is sent."""
        self._places.release()
        connection.finish(patience)

    async def aclose(self) -> None:
        """Close every connection, lent ones too, and lend no more."""
        self._closed = True
        for connection in self._open:
            connection.abort()
        if self._open:
            await self._empty.wait()

    async def _take_place(self) -> None:
        if self._places.locked():
            try:
                async with asyncio.timeout(self._settings.connect_timeout):
                    await self._places.acquire()
            except TimeoutError:
                raise busy() from None
        else:
            await self._places.acquire()
        if self._closed:
            self._places.release()
            raise closing()

    async def _connect(self) -> Connection:
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
            raise connect_timed_out() from None
        except OSError as error:
            raise unreachable(_reason(error)) from error
        self._open.add(connection)
        if self._closed:
            connection.abort()
            raise closing()
        return connection

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
