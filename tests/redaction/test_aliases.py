"""What a GraphQL request calls a hidden field is hidden too (threat row 29)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from graphql import build_schema, execute_sync, parse
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.graphql_document import read_document
from gateway.redaction.json import redact_json
from gateway.redaction.rules import Selection, with_aliases
from tests.redaction.support import rule, select

SECRET = "CANARY"
SCHEMA = build_schema(
    "type Query { id: Int, ssn: String, note: [String], one: Query, many: [Query] }"
)
BY_NAME = rule("ssn", fields=["ssn"], action="mask")
BY_PATH = rule("note", json=["$..note"])


class Answer:
    """Answers every field of the schema; what is hidden holds the canary."""

    id = 7
    ssn = SECRET
    note = (SECRET, SECRET)

    @property
    def one(self) -> Answer:
        return self

    @property
    def many(self) -> list[Answer]:
        return [self, self]


def text_of(alias: str, field: str, below: str) -> str:
    called = f"{alias}: {field}" if alias else field
    return f"{called} {below or '{ id ssn }'}" if field in ("one", "many") else called


ALIASES = st.sampled_from(("", "x", "y", "id", "ssn", "one"))
FIELDS = st.sampled_from(("id", "ssn", "note", "one", "many"))
SETS = st.recursive(
    st.just(""),
    lambda sets: st.lists(
        st.builds(text_of, ALIASES, FIELDS, sets)
        | sets.map(lambda inner: f"... on Query {inner or '{ ssn }'}")
        | st.just("...F"),
        min_size=1,
        max_size=3,
    ).map(lambda nodes: "{ " + " ".join(nodes) + " }"),
    max_leaves=8,
).filter(bool)


@pytest.mark.threat(29)
@given(SETS, st.builds(text_of, ALIASES, FIELDS, st.just("")))
def test_row_29_nothing_hidden_is_in_a_real_servers_answer(selected: str, shared: str) -> None:
    text = f"query {selected} fragment F on Query {{ {shared} }}"
    data = execute_sync(SCHEMA, parse(text), root_value=Answer()).data
    answer = json.dumps({"data": data}).encode()
    redacted, _ = redact_json(answer, hiding(read_document(text).aliases))
    assert SECRET.encode() not in redacted


def hiding(aliases: tuple[tuple[str, str], ...], *rules: Any) -> Selection:
    return with_aliases(select(*(rules or (BY_NAME, BY_PATH))), aliases)


def test_an_alias_is_hidden_as_its_field_is() -> None:
    selection = hiding((("a", "ssn"), ("b", "note"), ("c", "id")))
    answer = b'{"data":{"a":"s","b":["n"],"c":1,"ssn":"s","note":[]}}'
    redacted, remarks = redact_json(answer, selection)
    assert json.loads(redacted) == {"data": {"a": "•••", "c": 1, "ssn": "•••"}}
    assert {(remark.rule, remark.count) for remark in remarks} == {("ssn", 2), ("note", 2)}


def test_a_request_that_renames_nothing_hidden_changes_nothing() -> None:
    selection = select(BY_NAME)
    assert with_aliases(selection, (("a", "id"),)) is selection


@pytest.mark.threat(29)
def test_row_29_a_path_that_names_a_place_vouches_for_no_answer() -> None:
    placed = rule("p", json=["$.data.user.ssn"], html=[".ssn"])
    assert hiding((), placed).speaks == {"html"}
    assert hiding((), BY_NAME, placed).speaks == set()


@pytest.mark.threat(29)
def test_row_29_nobody_vouches_for_more_names_than_can_be_looked_for() -> None:
    names = [f"a{number}" for number in range(65)]
    assert hiding(tuple((name, "ssn") for name in names[1:]), BY_NAME).speaks
    assert not hiding(tuple((name, "ssn") for name in names), BY_NAME).speaks
    assert hiding(tuple((name, "id") for name in names), BY_NAME).speaks
