"""The WebSockets that a site's sessions may open: all others are closed in them (threat row 28)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.policy.messages import MessageJudge
from gateway.policy.path_index import ExactIndex
from gateway.policy.paths import PathPattern


@dataclass(frozen=True, slots=True)
class Socket:
    """One of them. `judge` decides the client's messages.

    One of GraphQL has none; it has a judge for each subprotocol that may be agreed on in `graphql`.
    """

    path: PathPattern
    judge: MessageJudge | None
    graphql: Mapping[str, MessageJudge] = field(default_factory=dict)

    def judge_of(self, subprotocol: str) -> MessageJudge:
        """Give the judge of a socket whose handshakes agreed on this, empty for none."""
        return self.judge or self.graphql[subprotocol]


class Sockets:
    """All that a site's sessions may open.

    Args:
        listed: by the rule that a permit to open one names, in the order in which they are asked.
    """

    def __init__(self, listed: Mapping[str, Socket]) -> None:
        self._listed = dict(listed)
        self._index = ExactIndex((socket.path, rule) for rule, socket in listed.items())

    def __getitem__(self, rule: str) -> Socket:
        return self._listed[rule]

    def rule_at(self, path: str) -> str | None:
        """Name the socket that a wire path opens, None where sessions may not open one."""
        return next(iter(self._index.find(path)), None)
