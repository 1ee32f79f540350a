"""Conditions: one value of an answer, compared as text; any doubt is a no (law 2)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.tickets.conditions import Condition
from tests.policy.tickets.support import FACTS, facts, mailing

ANSWER = {
    "status": "open",
    "organization": {"id": 42, "external_id": "n-7", "name": ""},
    "requester": {"email": "jonas@NORDLICHT.example", "staff": False},
    "tags": ["vip", "vip"],
    "fields": [{"id": 1, "value": "a"}, {"id": 2, "value": "b"}],
    "at": None,
    "hours": 1.5,
}


@pytest.mark.parametrize(
    ("at", "one_of", "holds"),
    [
        ("$.status", ["new", "open"], True),
        ("$.status", ["Open", "ope"], False),
        ("$.organization.external_id", ["{user.account}"], True),
        ("$.organization.external_id", ["{user.id}"], False),
        ("$.organization.id", ["42"], True),
        ("$.requester.staff", ["false"], True),
        ("$.requester.email", ["{user.email}"], True),
        ("$.requester.email", ["x{user.email}", "Jonas@nordlicht.example"], False),
        ("$.fields[?@.id == 2].value", ["b"], True),
        ("$.tags[*]", ["vip"], False),
        ("$..id", ["42"], False),
        ("$.nothing", ["None", "null", ""], False),
        ("$.at", ["None", "null", ""], False),
        ("$.hours", ["1.5"], False),
        ("$.organization", ["n-7"], False),
        ("$", ["open"], False),
    ],
)
def test_a_condition_holds_of_exactly_one_value(at: str, one_of: list[str], holds: bool) -> None:
    assert Condition(at, one_of).holds(ANSWER, FACTS) is holds


def test_nothing_equals_a_fact_that_is_empty() -> None:
    same = Condition("$.organization.name", ["{user.email}"])
    assert not same.holds(ANSWER, mailing(""))


@pytest.mark.parametrize("theirs", ["\u212aim@x.example", "k\u0131m@x.example", "\ud800"])
def test_letters_that_only_look_alike_are_not_the_same_address(theirs: str) -> None:
    assert not Condition("$", ["{user.email}"]).holds(theirs, mailing("kim@x.example"))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text("ab{}.c"),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=8,
)


@given(VALUES, st.text("ab1", min_size=1))
def test_a_condition_holds_where_a_plain_reading_says_so(answer: Any, wanted: str) -> None:
    there = isinstance(answer, dict) and "a" in answer
    value = answer["a"] if there else None
    plain = json.dumps(value) if isinstance(value, bool | int) else value
    assert Condition("$.a", ["{ticket}"]).holds(answer, facts(ticket=wanted)) is (plain == wanted)


def test_an_answer_that_is_nested_too_deeply_holds_nothing() -> None:
    deep: Any = "open"
    for _ in range(400):
        deep = {"a": deep}
    assert not Condition("$..status", ["open"]).holds(deep, FACTS)


@pytest.mark.parametrize(
    "at", ["status", "$.a[", "$.a[?match(@.b, '(a+)+')]", "$[?search(@, 'a')]"]
)
def test_a_path_that_cannot_be_used_is_told_at_once(at: str) -> None:
    with pytest.raises(ValueError, match="is not a JSONPath"):
        Condition(at, ["x"])
