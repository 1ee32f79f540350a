"""What a client may say over a GraphQL WebSocket, in both subprotocols."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.model import Deny, Mode
from gateway.policy.graphql import Asked, compile_graphql
from gateway.policy.graphql_messages import (
    SUBPROTOCOLS,
    GraphQLMessages,
    Subprotocol,
    judge_message,
)
from gateway.policy.messages import Passes, Stopped

RULES = compile_graphql("/graphql", introspection=False, persisted={"listed": "{ x: ssn }"})
NEW: Subprotocol = "graphql-transport-ws"
OLD: Subprotocol = "graphql-ws"


def judged(
    message: dict[str, Any] | str, subprotocol: Subprotocol = NEW, mode: Mode = Mode.READ_ONLY
) -> Asked | str:
    """What a message runs, or the code by which it is refused."""
    text = message if isinstance(message, str) else json.dumps(message)
    verdict = judge_message(text, RULES, mode, subprotocol)
    return verdict.code if isinstance(verdict, Deny) else verdict


def start(subprotocol: Subprotocol, query: str, **more: Any) -> dict[str, Any]:
    kind = "subscribe" if subprotocol == NEW else "start"
    return {"id": "1", "type": kind, "payload": {"query": query, **more}}


@pytest.mark.threat(27)
@pytest.mark.parametrize("subprotocol", SUBPROTOCOLS)
def test_row_27_an_operation_is_judged_as_a_post_is(subprotocol: Subprotocol) -> None:
    query = start(subprotocol, "query A { x: ssn }", variables={}, operationName="A")
    asked = Asked(operations="query A", aliases=(("x", "ssn"),))
    assert judged(query, subprotocol) == asked
    for text in ("mutation { a }", "subscription { a }"):
        change = start(subprotocol, text)
        assert judged(change, subprotocol) == "graphql_changes"
        assert isinstance(judged(change, subprotocol, Mode.READ_WRITE), Asked)
    assert judged(start(subprotocol, "{ __schema { a } }"), subprotocol) == "graphql_introspection"


@pytest.mark.parametrize(
    ("subprotocol", "message"),
    [
        (NEW, {"type": "connection_init"}),
        (NEW, {"type": "connection_init", "payload": {"token": "x"}}),
        (NEW, {"type": "ping"}),
        (NEW, {"type": "pong", "payload": None}),
        (NEW, {"type": "complete", "id": "1"}),
        (OLD, {"type": "connection_init", "payload": {}}),
        (OLD, {"type": "connection_terminate"}),
        (OLD, {"type": "stop", "id": "1"}),
    ],
)
def test_what_keeps_the_socket_going_passes_and_runs_nothing(
    subprotocol: Subprotocol, message: dict[str, Any]
) -> None:
    for mode in Mode:
        assert judged(message, subprotocol, mode) == Asked(operations="", aliases=())


@pytest.mark.threat(27)
@pytest.mark.parametrize(
    ("subprotocol", "message"),
    [
        (OLD, start(NEW, "{ a }")),
        (NEW, start(OLD, "{ a }")),
        (NEW, {"type": "next", "id": "1", "payload": {}}),
        (NEW, {"type": "Subscribe", "id": "1", "payload": {"query": "{ a }"}}),
        (NEW, {"type": ["subscribe"], "id": "1", "payload": {"query": "{ a }"}}),
        (NEW, {"type": "subscribe", "payload": {"query": "{ a }"}}),
        (NEW, {"type": "subscribe", "id": 1, "payload": {"query": "{ a }"}}),
        (NEW, {"type": "subscribe", "id": "1", "payload": [{"query": "{ a }"}]}),
        (NEW, {"type": "subscribe", "id": "1", "payload": {"query": "{ a }"}, "query": "{ a }"}),
        (NEW, start(NEW, "{ a }", doc_id="1")),
        (NEW, {"type": "complete", "id": "1", "payload": {"query": "mutation { a }"}}),
        (NEW, {"type": "ping", "payload": "x"}),
        (NEW, {"type": "ping", "Type": "subscribe"}),
        (NEW, '{"type": "ping", "type": "subscribe", "id": "1", "payload": {"query": "{ a }"}}'),
        (NEW, "ping"),
        (NEW, "[]"),
        (NEW, ""),
    ],
)
def test_row_27_a_message_in_doubt_is_refused(
    subprotocol: Subprotocol, message: dict[str, Any] | str
) -> None:
    assert judged(message, subprotocol, Mode.READ_WRITE) == "graphql_unreadable"


@pytest.mark.threat(27)
@pytest.mark.threat(29)
def test_rows_27_and_29_a_sockets_judge_names_what_runs_and_under_which_names() -> None:
    judge = GraphQLMessages("graph", RULES, OLD)
    asked = json.dumps(start(OLD, "query A { x: ssn }"))
    assert judge.judge(asked, Mode.READ_ONLY) == Passes("graph", "query A", (("x", "ssn"),))
    assert judge.judge('{"type": "stop"}', Mode.READ_ONLY) == Passes("graph")
    change = json.dumps(start(OLD, "mutation A { a }"))
    stopped = judge.judge(change, Mode.READ_ONLY)
    assert isinstance(stopped, Stopped)
    assert stopped.rule == "read_only.graphql_queries"
    for mode in Mode:
        assert isinstance(judge.judge(asked.encode(), mode), Stopped)
        assert isinstance(judge.judge(json.dumps(start(NEW, "{ a }")), mode), Stopped)
