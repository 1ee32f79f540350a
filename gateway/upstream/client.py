"""The way to a site's app: one request, at most one attempt, one response."""

from __future__ import annotations

from collections.abc import AsyncIterator

from gateway.model import Permit, RequestHead
from gateway.upstream.exchange import Exchange, User
from gateway.upstream.faults import unsafe_request
from gateway.upstream.pool import Pool, Seen
from gateway.upstream.request_head import CHUNKED, NO_BODY, WEBSOCKET, request_bytes, sized
from gateway.upstream.response import UpstreamResponse
from gateway.upstream.response_reader import ResponseReader
from gateway.upstream.settings import UpstreamSettings
from gateway.upstream.tunnel import Tunnel


class Upstream:
    """The app of one site. Make it, use it and close it on one event loop."""

    def __init__(self, settings: UpstreamSettings) -> None:
        self._settings = settings
        self._pool = Pool(settings)

    async def send(
        self,
        permit: Permit,
        head: RequestHead,
        body: bytes | AsyncIterator[bytes] | None = None,
        length: int | None = None,
    ) -> UpstreamResponse:
        """Send one request, once, and wait for the head of its response.

        Args:
            permit: proof that the request may go to this app; holding it is its whole use.
            head: without Host (written from `head.host`), framing, or other fields of one hop.
            body: None for a request without one; b"" is an empty one.
            length: of a streamed body; None sends it in chunks.

        Returns:
            The response; close it, whatever happens.

        Raises:
            UpstreamError: 503 `upstream_busy` and 502 `upstream_unreachable` before anything was
                sent; 504 `upstream_timeout`, 502 `upstream_cut_short` and `upstream_malformed`
                after that, when what the app did is not known. It is never tried again (law 4).
            GatewayError: `unsafe_request`; nothing, or only a part of the body, was sent.
            Whatever a streamed `body` raises.
        """
        if body is None:
            framing = NO_BODY
        elif isinstance(body, bytes):
            framing = sized(len(body))
        else:
            framing = CHUNKED if length is None else sized(length)
        reader = ResponseReader(head.method, self._settings.max_head)
        wire = request_bytes(head, framing)
        connection = self._pool.kept() or await self._pool.take()
        response = UpstreamResponse(self._pool, connection, reader, self._settings)
        response.start(wire, body, length)
        await response.answered()
        return response

    def exchange(self, permit: Permit, user: User, patience: int = 0) -> Exchange | None:
        """Lend a kept connection for a GET without a task; None when there is none: `send` then.

        Args:
            permit: as for `send`.
            user: is told how it ends.
            patience: as `Exchange` takes it.
        """
        connection = self._pool.kept()
        if connection is None:
            return None
        return Exchange(self._pool, connection, user, self._settings, patience)

    async def upgrade(self, permit: Permit, head: RequestHead) -> Tunnel | UpstreamResponse:
        """Ask the app for a WebSocket: a tunnel if it agrees, else its response.

        Connection and Upgrade are written here; `head` holds the Sec-WebSocket fields. Nothing
        from the client goes to the app before it agreed (threat 17).

        Raises:
            UpstreamError, GatewayError: as `send`.
        """
        if head.method != "GET":
            raise unsafe_request("only GET opens a WebSocket (RFC 6455, 4.1)")
        reader = ResponseReader(head.method, self._settings.max_head, wants_upgrade=True)
        wire = request_bytes(head, WEBSOCKET)
        response = UpstreamResponse(self._pool, await self._pool.take(), reader, self._settings)
        response.start(wire, None, None)
        await response.answered()
        if response.head.status == 101:
            return Tunnel(response, self._settings.read_timeout)
        return response

    @property
    def seen(self) -> Seen:
        """How connecting to the app went last."""
        return self._pool.seen

    async def aclose(self) -> None:
        """Close all connections, those in use too; later requests get 503 `upstream_closed`."""
        await self._pool.aclose()
