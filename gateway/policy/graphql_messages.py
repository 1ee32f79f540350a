"""May a client's message run over a GraphQL WebSocket? One message at a time, of both subprotocols.

`graphql-transport-ws` is the one of the library graphql-ws; `graphql-ws` the older one of
subscriptions-transport-ws. Their messages are told apart by `type`; those that start an operation
are judged as a POST is (threat row 27). In an answer with the same `id` the aliases stand that the
operation has; a socket that hides the union of all that were asked on it hides enough.
"""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

from gateway.model import Deny, Mode
from gateway.policy.graphql import Asked, GraphQLRules, judge, unreadable
from gateway.policy.graphql_request import call_of
from gateway.policy.messages import Passes, Stopped
from gateway.policy.strict_json import strict_json

Subprotocol = Literal["graphql-transport-ws", "graphql-ws"]
SUBPROTOCOLS: Final = get_args(Subprotocol)

_STARTS: Final[dict[Subprotocol, str]] = {
    "graphql-transport-ws": "subscribe",
    "graphql-ws": "start",
}
_OTHERS: Final[dict[Subprotocol, dict[str, frozenset[str]]]] = {
    "graphql-transport-ws": {
        "connection_init": frozenset(("type", "payload")),
        "ping": frozenset(("type", "payload")),
        "pong": frozenset(("type", "payload")),
        "complete": frozenset(("type", "id")),
    },
    "graphql-ws": {
        "connection_init": frozenset(("type", "payload", "id")),
        "connection_terminate": frozenset(("type", "payload", "id")),
        "stop": frozenset(("type", "payload", "id")),
    },
}
"""What else a client may say, by its type, with the members that it may have: it runs nothing."""
_NOTHING: Final = Asked(operations="", aliases=())


def judge_message(
    text: str, rules: GraphQLRules, mode: Mode, subprotocol: Subprotocol
) -> Asked | Deny:
    """Say whether a client's message may go to the app.

    Args:
        text: the whole message, over all its fragments; a binary one is never one of GraphQL's.
        rules: the endpoint's.
        mode: the session's.
        subprotocol: the one that the app chose.

    Returns:
        What it runs, with empty `operations` where it runs nothing; or why it may not.
    """
    try:
        message = strict_json(text)
        if not isinstance(message, dict):
            raise ValueError("it is not a JSON object")  # noqa: TRY004  a client's fault
        if message.get("type") != _STARTS[subprotocol]:
            _check_other(message, subprotocol)
            return _NOTHING
        if message.keys() != {"id", "type", "payload"} or not isinstance(message["id"], str):
            raise ValueError("it starts an operation with other members than id and payload")
        call = call_of(message["payload"])
    except ValueError as fault:
        return unreadable(fault)
    return judge((call,), rules, mode)


class GraphQLMessages:
    """Decides the client's messages of one GraphQL WebSocket: a `MessageJudge`.

    Args:
        name: the socket's, which is the rule that lets messages through.
        rules: the endpoint's.
        subprotocol: the one that the app chose.
    """

    def __init__(self, name: str, rules: GraphQLRules, subprotocol: Subprotocol) -> None:
        self._name = name
        self._rules = rules
        self._subprotocol = subprotocol

    def judge(self, message: str | bytes, mode: Mode) -> Passes | Stopped:
        """Say whether a message passes, and what it runs."""
        if isinstance(message, bytes):
            return Stopped(self._name, "GraphQL has no messages of bytes.")
        asked = judge_message(message, self._rules, mode, self._subprotocol)
        if isinstance(asked, Deny):
            return Stopped(asked.rule, asked.detail)
        return Passes(self._name, asked.operations, asked.aliases)


def _check_other(message: dict[str, Any], subprotocol: Subprotocol) -> None:
    kind = message.get("type")
    members = _OTHERS[subprotocol].get(kind) if isinstance(kind, str) else None
    if members is None:
        raise ValueError("its type is none that a client of this subprotocol sends")
    if not message.keys() <= members:
        raise ValueError("it has members that its type has not")
    payload = message.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise ValueError("its payload is not an object")
