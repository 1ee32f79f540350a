"""Patterns that run in time linear in the text."""

from __future__ import annotations

import pytest

from gateway.linear_pattern import linear_pattern


def test_a_pattern_that_would_take_for_ever_elsewhere_ends_at_once() -> None:
    assert linear_pattern("(a+)+").fullmatch("a" * 50_000 + "b") is None


@pytest.mark.parametrize(
    ("said", "why"),
    [("a(", "missing \\)"), (r"(a)\1", "invalid escape"), ("(?=a)", "invalid perl")],
)
def test_what_needs_another_engine_is_refused_with_its_reason(said: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"no pattern that RE2 can run: {why}"):
        linear_pattern(said)
