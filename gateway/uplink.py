"""A client's request body, on its way to the app: bounded in size and time, never held whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from aiohttp import web

from gateway.errors import ClientError
from gateway.listener.connection import Connection
from gateway.middleware.draft import Draft

if TYPE_CHECKING:
    from gateway.site import Limits


class Uplink:
    """Reads one request's body.

    Args:
        request: aiohttp's request, whose content is read as it comes.
        limits: the site's.
        ask: sends 100 Continue to a client that waits for it; called before the first read.
    """

    __slots__ = ("_ask", "_content", "_limits", "length", "read")

    def __init__(
        self,
        request: web.BaseRequest,
        length: int | None,
        limits: Limits,
        ask: Callable[[], None] | None,
    ) -> None:
        self._content = request.content
        self._limits = limits
        self._ask = ask
        self.length = length if length is not None or request.body_exists else 0
        self.read = 0
        if length is not None and length > limits.max_body:
            raise _too_large(limits)

    def body(self) -> bytes | AsyncIterator[bytes] | None:
        """Give the body: None without one, bytes when it is here already, else a stream."""
        if self.length == 0:
            return None
        content = self._content
        if content.is_eof() and self._ask is None:
            data = content.read_nowait()
            self.read = len(data)
            if self.read > self._limits.max_body:
                raise _too_large(self._limits)
            return data
        return self._stream()

    async def whole(self, most: int) -> bytes:
        """Read the whole body, when it has at most `most` bytes.

        Raises:
            ClientError: 413, it has more.
        """
        parts = [part async for part in self._bounded(most)]
        return b"".join(parts)

    async def _bounded(self, most: int) -> AsyncIterator[bytes]:
        async for part in self._stream():
            if self.read > most:
                raise _too_large(self._limits)
            yield part

    async def _stream(self) -> AsyncIterator[bytes]:
        if self._ask is not None:
            self._ask()
        limits = self._limits
        while True:
            try:
                async with asyncio.timeout(limits.body_timeout):
                    data = await self._content.readany()
            except TimeoutError:
                raise ClientError(
                    "body_timeout",
                    f"The request's body stood still for {limits.body_timeout:g} seconds.",
                    "Try again.",
                    status=408,
                ) from None
            except (web.RequestPayloadError, ConnectionError):
                raise ClientError(
                    "body_broken",
                    "The request's body broke off or could not be read.",
                    "Try again.",
                ) from None
            if not data:
                return
            self.read += len(data)
            if self.read > limits.max_body:
                raise _too_large(limits)
            yield data


def _too_large(limits: Limits) -> ClientError:
    return ClientError(
        "body_too_large",
        f"The request's body has more than {limits.max_body} bytes.",
        "Send less, or ask the platform team to raise max_body.",
        status=413,
    )


def uplink_of(request: web.BaseRequest, connection: Connection, draft: Draft) -> Uplink:
    """Give a request's body, which asks a waiting client for it when it is first read.

    So 100 Continue is sent after the decision, and Expect never reaches the app (threat row 20).
    """

    def ask() -> None:
        connection.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    waits = draft.expects_continue and request.version >= (1, 1)
    return Uplink(request, draft.length, draft.site.limits, ask if waits else None)
