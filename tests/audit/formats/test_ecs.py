from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from gateway.audit.formats.ecs import written
from gateway.audit.reading.fields import flat
from gateway.audit.record import Kind
from tests.audit.formats.samples import LINES, a_line, fields, of_a_newer_gateway, wild_lines

CATEGORIES = {
    "authentication": {"start", "end", "info"},
    "configuration": {"access", "change", "creation", "deletion", "info"},
    "iam": {"admin", "change", "creation", "deletion", "group", "info", "user"},
    "process": {"access", "change", "end", "info", "start"},
    "session": {"start", "end", "info"},
    "web": {"access", "error", "info"},
}
"""Some of ECS 8's categories, and the types that it expects of each."""


def document(line: bytes) -> dict[str, Any]:
    text = written(line, fields(line))
    assert text.isascii()
    assert text.count(b"\n") == 1
    found: dict[str, Any] = json.loads(text)
    return found


def leaves(value: Any) -> list[Any]:
    match value:
        case dict():
            return [leaf for each in value.values() for leaf in leaves(each)]
        case _:
            return [value]


def test_the_actor_is_the_user_and_the_subject_the_effective_one() -> None:
    found = document(a_line())
    assert found["user"]["id"] == "ada"
    assert found["user"]["effective"]["id"] == "jonas.weber"
    assert found["organization"]["id"] == "nord"
    assert found["related"]["user"] == ["ada", "jonas.weber"]
    assert found["event"]["duration"] == 12_000_000
    assert found["client"]["ip"] == "10.0.0.1"
    assert found["url"] == {
        "original": "/deals/7?view=*",
        "domain": "k3f9.crm.example.com",
        "port": 8443,
        "path": "/deals/7",
        "query": "view=*",
    }


@pytest.mark.parametrize("line", LINES, ids=lambda line: fields(line)["kind"])
def test_every_kind_is_an_event_that_leaves_no_field_out(line: bytes) -> None:
    found = document(line)
    event = found["event"]
    assert event["kind"] == "event"
    assert event["outcome"] in ("success", "failure", "unknown")
    for category in event.get("category", ()):
        assert set(event["type"]) <= CATEGORIES[category]
    for name, value in flat(fields(line)).items():
        if name != "host":
            assert value in leaves(found), name


@pytest.mark.parametrize(
    ("kind", "category", "sort"),
    [
        (Kind.SESSION_STARTED, ["session"], ["start"]),
        (Kind.SESSION_REFUSED, ["session"], ["info"]),
        (Kind.OPERATOR_SIGNED_OUT, ["authentication"], ["end"]),
        (Kind.REQUEST_REFUSED, ["web"], ["error"]),
        (Kind.AUDIT_LOST, None, ["info"]),
    ],
)
def test_each_kind_is_in_a_category(kind: Kind, category: Any, sort: list[str]) -> None:
    event = document(a_line(kind))["event"]
    assert (event.get("category"), event["type"]) == (category, sort)


@given(wild_lines())
def test_whatever_strangers_wrote_it_is_one_document(line: bytes) -> None:
    assert document(line)["user"]["id"] == fields(line)["actor"]["id"]


def test_what_a_newer_gateway_wrote_is_under_our_name() -> None:
    found = document(of_a_newer_gateway())["gateway"]
    assert (found["changed"], found["weight"]) == ({"role": ["a", "b"]}, 7)
