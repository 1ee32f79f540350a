"""A client's request body, on its way to the app: bounded in size and time, never held whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Final

from gateway.errors import ClientError
from gateway.listener.connection import Connection
from gateway.listener.request_reader import ClientRequest

if TYPE_CHECKING:
    from gateway.site import Limits


_SLOWEST: Final = 1024
"""Bytes a second that a body must come at, once `body_timeout` has passed."""


class Uplink:
    """Reads one request's body; it has one.

    A client that waits for 100 Continue is sent it before the first read, so after the decision;
    its Expect never reaches the app (threat row 20).

    Args:
        connection, request: where the body comes from.
        limits: the site's.
        expected: the client waits for 100 Continue.

    Raises:
        ClientError: 413, it says that it has more bytes than the limit.
    """

    __slots__ = (
        "_ahead",
        "_coming",
        "_connection",
        "_expected",
        "_limits",
        "copy",
        "ended",
        "length",
        "read",
    )

    def __init__(
        self, connection: Connection, request: ClientRequest, limits: Limits, *, expected: bool
    ) -> None:
        self._connection = connection
        self._limits = limits
        self._expected = expected and not request.http10
        self.length = request.length
        self.read = 0
        self.ended = False
        """All of it was read."""
        self.copy: Callable[[bytes], object] | None = None
        """Takes a copy of what is read."""
        self._ahead = bytearray()
        self._coming: AsyncIterator[bytes] | None = None
        if self.length is not None and self.length > limits.max_body:
            raise _too_large(limits.max_body)

    async def whole(self, most: int) -> bytes:
        """Read the whole body, when it has at most `most` bytes.

        Raises:
            ClientError: 413, it has more; or as `stream`.
        """
        parts = []
        async for part in self.stream():
            parts.append(part)
            if self.read > most:
                raise _too_large(most)
        return b"".join(parts)

    async def ahead(self, most: int) -> bool:
        """Read ahead, until the body ended or had more than `most` bytes; say whether it ended.

        What was read is given again by `stream` or `whole`.

        Raises:
            ClientError: as `stream`.
        """
        self._coming = self._parts()
        async for part in self._coming:
            self._ahead += part
            if self.read > most:
                return False
        return True

    def stream(self) -> AsyncIterator[bytes]:
        """Give the body's bytes as they come.

        Raises:
            ClientError: 408, it stood still; 413; 400, it broke off or its framing is in doubt.
        """
        return self._parts() if self._coming is None else self._again(self._coming)

    async def _again(self, coming: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        if self._ahead:
            yield bytes(self._ahead)
            self._ahead.clear()
        async for part in coming:
            yield part

    async def _parts(self) -> AsyncIterator[bytes]:
        if self._expected:
            self._connection.interim(b"HTTP/1.1 100 Continue\r\n\r\n")
        limits = self._limits
        clock = asyncio.get_running_loop().time
        waited = 0.0
        while True:
            begun = clock()
            patience = limits.body_timeout + self.read / _SLOWEST - waited
            try:
                async with asyncio.timeout(min(limits.body_timeout, patience)):
                    data = await self._connection.read_body()
            except TimeoutError:
                raise ClientError(
                    "body_timeout",
                    f"The request's body stood still for {limits.body_timeout:g} seconds, or came "
                    f"slower than {_SLOWEST} bytes a second.",
                    "Try again.",
                    status=408,
                ) from None
            except ConnectionError:
                raise ClientError(
                    "body_broken", "The request's body broke off.", "Try again."
                ) from None
            if not data:
                self.ended = True
                return
            waited += clock() - begun  # the app's own pace does not count
            self.read += len(data)
            if self.copy is not None:
                self.copy(data)
            if self.read > limits.max_body:
                raise _too_large(limits.max_body)
            yield data


def _too_large(most: int) -> ClientError:
    return ClientError(
        "body_too_large",
        f"The request's body has more than {most} bytes.",
        "Send less, or ask the platform team to raise max_body.",
        status=413,
    )
