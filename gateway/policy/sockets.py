"""The WebSockets that a site's sessions may open: all others are closed in them (threat row 28)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.policy.messages import MessageJudge
from gateway.policy.paths import PathPattern


@dataclass(frozen=True, slots=True)
class Socket:
    """One of them. `judge` decides the client's messages."""

    path: PathPattern
    judge: MessageJudge


def rule_of_socket(sockets: Mapping[str, Socket], path: str) -> str | None:
    """Name the socket that a wire path opens, None where sessions may not open one."""
    found = (rule for rule, socket in sockets.items() if socket.path.matches_exactly(path))
    return next(found, None)
