"""The WebSockets that sessions may open."""

from __future__ import annotations

import pytest

from gateway.policy.graphql import compile_graphql
from gateway.policy.graphql_messages import SUBPROTOCOLS, GraphQLMessages
from gateway.policy.messages import ListedMessages
from gateway.policy.paths import PathPattern
from gateway.policy.sockets import Socket, Sockets

NOTHING = ListedMessages("live", (), opened=False)
SOCKETS = Sockets(
    {
        "live": Socket(PathPattern("/ws"), NOTHING),
        "rooms": Socket(PathPattern("/rooms/*"), NOTHING),
    }
)


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
    assert SOCKETS.rule_at(path) == rule


@pytest.mark.threat(28)
def test_row_28_a_socket_of_graphql_is_judged_by_what_it_speaks_and_never_by_less() -> None:
    rules = compile_graphql("/graphql", introspection=False, persisted={})
    judges = {name: GraphQLMessages("graph", rules, name) for name in SUBPROTOCOLS}
    graph = Socket(PathPattern("/graphql"), None, judges)
    assert [graph.judge_of(name) for name in SUBPROTOCOLS] == list(judges.values())
    with pytest.raises(KeyError):
        graph.judge_of("")
    assert SOCKETS["live"].judge_of("chat") is NOTHING
