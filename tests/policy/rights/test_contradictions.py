"""Conditions of a policy that say two things of one fact."""

from __future__ import annotations

import json

import cedarpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.rights.contradictions import contradict


def conditions(text: str) -> list[dict[str, object]]:
    said = json.loads(cedarpy.policies_to_json_str(f"permit (principal, action, resource) {text};"))
    (policy,) = said["staticPolicies"].values()
    found: list[dict[str, object]] = policy["conditions"]
    return found


@pytest.mark.parametrize(
    "text",
    [
        'when { resource.status == "active" && resource.status == "invited" }',
        'when { "active" == resource.status } when { resource.status == "invited" }',
        'when { resource.status == "active" && context.a && resource.status != "active" }',
        "when { context.in_network && !context.in_network }",
        "when { context.in_network } unless { context.in_network }",
        "when { context.a } unless { context.b || context.a }",
        "unless { !context.a } when { !(context.a || context.b) }",
        'when { principal == Gateway::Operator::"a" && principal == Gateway::Operator::"b" }',
        "when { !!context.a && !(!!context.a) }",
    ],
)
def test_what_cannot_hold_together_is_seen(text: str) -> None:
    assert contradict(conditions(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "when { context.a }",
        'when { resource.status == "active" || resource.status == "invited" }',
        'when { resource.status != "active" && resource.status != "invited" }',
        "when { context.a } unless { context.a && context.b }",
        "when { context.a == context.b && context.a == context.c }",
        'when { context.a == "x" && context.b == "y" }',
        "when { 1 == 1 }",
    ],
)
def test_what_can_is_not_taken_for_one(text: str) -> None:
    assert not contradict(conditions(text))


@given(
    st.recursive(
        st.sampled_from(["context.a", "context.b", 'context.s == "x"', 'context.s == "y"']),
        lambda inner: st.one_of(
            inner.map(lambda one: f"!({one})"),
            st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(
                lambda three: f"({three[0]} {three[1]} {three[2]})"
            ),
        ),
        max_leaves=6,
    ),
    st.sampled_from(["when", "unless"]),
)
def test_whatever_is_said_to_contradict_holds_for_no_facts(text: str, kind: str) -> None:
    if not contradict(conditions(f"{kind} {{ {text} }}")):
        return
    wanted = kind == "when"
    for a in (True, False):
        for b in (True, False):
            for s in ("x", "y", "z"):
                python = text.replace("&&", " and ").replace("||", " or ").replace("!(", "not (")
                facts = {"context": type("Context", (), {"a": a, "b": b, "s": s})}
                assert bool(eval(python, facts)) is not wanted
