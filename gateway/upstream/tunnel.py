"""A connection to the app after 101: bytes both ways, in the protocol that it switched to."""

from __future__ import annotations

from gateway.model import ResponseHead
from gateway.upstream.response import UpstreamResponse

_FLUSH = 5.0  # seconds that the last bytes written get to be sent after `close`


class Tunnel:
    """An upgraded connection. `head` is the app's 101 response."""

    __slots__ = ("_patience", "_response", "head")

    def __init__(self, response: UpstreamResponse, patience: float) -> None:
        self.head: ResponseHead = response.head
        self._response = response
        self._patience = patience

    async def read(self) -> bytes:
        """The next bytes from the app, as many as have come; b"" when it has closed in good order.

        Raises:
            UpstreamError: the connection broke, or was closed here.
        """
        return await self._response.read()

    def write(self, data: bytes) -> None:
        """Send `data`; `drain` before sending more.

        Raises:
            UpstreamError: the tunnel is closed.
        """
        self._response.lent().write(data)

    async def drain(self) -> None:
        """Wait until the app has taken enough for more to be written.

        Raises:
            UpstreamError: it took nothing for `read_timeout` seconds, or the tunnel is closed.
        """
        await self._response.lent().drain(self._patience)

    def close(self) -> None:
        """Close after sending what was written. Whoever waits in `read` gets an UpstreamError."""
        self._response.close(_FLUSH)

    def abort(self) -> None:
        """Close now: nothing more goes either way (law 9)."""
        self._response.close()
