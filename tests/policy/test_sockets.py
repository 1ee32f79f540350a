"""The WebSockets that sessions may open."""

from __future__ import annotations

import pytest

from gateway.policy.messages import ListedMessages
from gateway.policy.paths import PathPattern
from gateway.policy.sockets import Socket, rule_of_socket

NOTHING = ListedMessages("live", (), opened=False)
SOCKETS = {
    "live": Socket(PathPattern("/ws"), NOTHING),
    "rooms": Socket(PathPattern("/rooms/*"), NOTHING),
}


@pytest.mark.threat(28)
@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("/ws", "live"),
        ("/rooms/7", "rooms"),
        ("/WS", None),
        ("/ws/", None),
        ("/%77s", None),
        ("/rooms/7/8", None),
        ("/", None),
    ],
)
def test_row_28_a_socket_is_found_by_its_exact_path(path: str, rule: str | None) -> None:
    assert rule_of_socket(SOCKETS, path) == rule
