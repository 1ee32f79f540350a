"""The server of the public listener: aiohttp's, whose connections are ours."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from gateway.errors import GatewayError
from gateway.listener.connection import Connection, Handler, Shortcut

Unread = Callable[[Connection, GatewayError], bytes]
"""Puts a request that could not be read on record, and gives the reply's bytes."""


class Listener(web.Server):
    """aiohttp's server whose connections are `Connection`s.

    Args:
        handler: serves each request that was read.
        shortcut: may serve one before, see `Shortcut`.
        unread: see `Unread`.
        on_crash: logs an exception that no stage turned into a reply.
        scheme: `http` or `https`, as browsers reach us.
        max_head: bytes of a request's head; more is 431.
        head_timeout: seconds for a head, from its first byte.
        idle_timeout: seconds that a connection may wait for its next request.
        write_timeout: seconds that a client may take nothing of what was written for it.
    """

    def __init__(
        self,
        handler: Handler,
        *,
        shortcut: Shortcut = lambda connection, data: False,
        unread: Unread,
        on_crash: Callable[[BaseException | None], None],
        scheme: str,
        max_head: int,
        head_timeout: float,
        idle_timeout: float,
        write_timeout: float,
    ) -> None:
        super().__init__(_never)
        self.handler = handler
        self.shortcut = shortcut
        self.unread = unread
        self.on_crash = on_crash
        self.scheme = scheme
        self.max_head = max_head
        self.head_timeout = head_timeout
        self.idle_timeout = idle_timeout
        self.write_timeout = write_timeout

    def cut_carrying(self, session_id: str | None) -> None:
        """Cut each connection on which something that a session was given has yet to leave (law 9).

        Args:
            session_id: None: of any session.
        """
        for each in self.connections:
            if (
                isinstance(each, Connection)
                and each.carried
                and session_id in (None, each.carried)
                and not each.all_sent
            ):
                each.cut()

    def __call__(self) -> web.RequestHandler:
        """Make the protocol of a new connection."""
        return Connection(self, keepalive_timeout=0, access_log=None)


async def _never(request: web.BaseRequest) -> web.StreamResponse:
    raise AssertionError("aiohttp's own reader is not used")
