"""Targets on what GraphQL requests and messages run, held against a plain reading of each."""

from __future__ import annotations

import json
from typing import Any, get_args
from urllib.parse import parse_qs

from graphql import parse
from graphql.language import FieldNode, OperationDefinitionNode

from gateway.model import Deny, Mode
from gateway.policy.graphql import Asked, compile_graphql, judge
from gateway.policy.graphql_messages import Subprotocol, judge_message
from gateway.policy.graphql_request import Call, read_post, read_url
from tests.policy.graphql_documents import nodes_of

_RULES = compile_graphql("/graphql", introspection=False, persisted={})


def documents(data: bytes) -> None:
    """In read-only no document runs of which a plain reading says that it changes something."""
    name, _, text = data.decode("utf-8", "replace").partition("\n")
    said = judge([Call(document=text, operation=name)], _RULES, Mode.READ_ONLY)
    if isinstance(said, Asked):
        _is_query(text, name, said)


def posts(data: bytes) -> None:
    """A body that is read says the same to a lenient reader."""
    kind, _, body = data.partition(b"\n")
    try:
        calls = read_post("/graphql", kind.decode("latin-1"), body)
    except ValueError:
        return
    essence = kind.decode("latin-1").partition(";")[0].strip().lower()
    if essence == "application/json":
        said = json.loads(body)
        _same(calls, said if isinstance(said, list) else [said])
    elif essence == "application/x-www-form-urlencoded":
        fields = parse_qs(body.decode(), keep_blank_values=True, strict_parsing=False)
        _same(calls, [{name: values[-1] for name, values in fields.items()}])


def queries(data: bytes) -> None:
    """So does an address."""
    try:
        calls = read_url("/graphql?" + data.decode("ascii", "replace"))
    except ValueError:
        return
    if calls:
        fields = parse_qs(data.decode("ascii", "replace"), keep_blank_values=True)
        _same(calls, [{name: values[-1] for name, values in fields.items()}])


def messages(data: bytes) -> None:
    """No message of either subprotocol runs what changes something in read-only."""
    text = data.decode("utf-8", "replace")
    for subprotocol in get_args(Subprotocol):
        said = judge_message(text, _RULES, Mode.READ_ONLY, subprotocol)
        if isinstance(said, Deny):
            continue
        message = json.loads(text)
        assert bool(said.operations) == (message["type"] in ("subscribe", "start"))
        if said.operations:
            payload = message["payload"]
            _is_query(payload["query"], payload.get("operationName") or "", said)


def _same(calls: tuple[Call, ...], said: list[dict[str, Any]]) -> None:
    assert [call.document for call in calls] == [each.get("query") for each in said]
    assert [call.operation for call in calls] == [each.get("operationName") or "" for each in said]


def _is_query(text: str, name: str, said: Asked) -> None:
    definitions = parse(text).definitions
    operations = [each for each in definitions if isinstance(each, OperationDefinitionNode)]
    (runs,) = [each for each in operations if not name or (each.name and each.name.value == name)]
    assert runs.operation.value == "query"
    fields = [
        node for each in definitions for node in nodes_of(each) if isinstance(node, FieldNode)
    ]
    assert not {"__schema", "__type"} & {each.name.value for each in fields}
    assert set(said.aliases) == {
        (each.alias.value, each.name.value)
        for each in fields
        if each.alias and each.alias.value != each.name.value
    }
