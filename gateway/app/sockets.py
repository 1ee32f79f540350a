"""The sockets that the gateway listens on."""

from __future__ import annotations

import socket

from gateway.errors import GatewayError

BACKLOG = 1024
"""Connections that may wait for a process that is busy."""


def listening(host: str, port: int) -> socket.socket:
    """Open a listening socket.

    Raises:
        GatewayError: `listen`, the address is in use or not ours.
    """
    return _opened(host, port, BACKLOG)


def listening_together(host: str, port: int, count: int) -> tuple[socket.socket, ...]:
    """Open `count` listening sockets on one address; the kernel spreads connections over them.

    It would spread them over another gateway's too, so the address must be nobody's at first.

    Raises:
        GatewayError: `listen`, the address is in use or not ours.
    """
    with _opened(host, port, None) as first:
        port = first.getsockname()[1]
    return tuple(_opened(host, port, BACKLOG, socket.SO_REUSEPORT) for _ in range(count))


def _opened(host: str, port: int, backlog: int | None, *options: int) -> socket.socket:
    """Open a socket that listens; without a backlog it only has the address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        for option in (socket.SO_REUSEADDR, *options):
            opened.setsockopt(socket.SOL_SOCKET, option, 1)
        opened.bind((host, port))
        if backlog is not None:
            opened.listen(backlog)
    except OSError as fault:
        opened.close()
        raise GatewayError(
            "listen", f"Nothing can listen on {host}:{port}: {fault.strerror}."
        ) from fault
    opened.setblocking(False)
    return opened
