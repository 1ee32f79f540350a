"""Indexes of patterns say what asking each of them says."""

from __future__ import annotations

import gc
import re
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.policy.path_index import ExactIndex, PathIndex
from gateway.policy.paths import PathPattern, spelling

PATTERNS = [
    "/",
    "/**",
    "/*",
    "/logout",
    "/**/logout",
    "/users/*/keys",
    "/users/**/keys/*",
    "/Users",
    "/a%20b/**",
    "/**/x/**",
    "/**/x.php",
    "/**/users/**/x",
    "/users/**/*/x",
    "/users/*/**",
    "/*/logout;x/**/keys",
    "/a%20b//*",
    "/users/",
]
ENDING = re.compile(r"\.j.+")
PIECES = [
    *("users", "USERS", "logout", "logout;x", "keys", "x", "", "%6cogout", "a b", "a%20b", "x%2fy"),
    *("logout.json", "x.js", "x.php.js", "x.php", "USERS.j;a"),
]
pieces = st.sampled_from(PIECES) | st.text(max_size=4)


@pytest.mark.threat(25)
@settings(deadline=None)
@given(
    st.lists(st.sampled_from(PATTERNS), unique=True),
    st.lists(pieces, max_size=5).map(lambda parts: "/" + "/".join(parts)),
)
def test_row_25_it_finds_what_asking_each_pattern_finds(patterns: list[str], path: str) -> None:
    for ending in (None, ENDING):
        index = PathIndex((PathPattern(text, ending), text) for text in patterns)
        asked = [text for text in patterns if PathPattern(text, ending).matches_any_spelling(path)]
        assert list(index.find(path)) == asked


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(PATTERNS), unique=True),
    st.lists(pieces, max_size=5).map(lambda parts: "/" + "/".join(parts)),
)
def test_one_of_exact_patterns_finds_those_that_match_exactly(
    patterns: list[str], path: str
) -> None:
    index = ExactIndex((PathPattern(text), text) for text in patterns)
    asked = [text for text in patterns if PathPattern(text).matches_exactly(path)]
    assert list(index.find(path)) == asked


def test_a_thousand_patterns_are_looked_through_in_as_many_steps_as_one() -> None:
    def steps(patterns: list[str], path: str) -> int:
        count = 0

        def count_one(frame: object, event: str, arg: object) -> None:
            nonlocal count
            count += event in ("call", "c_call")

        for kind in (PathIndex, ExactIndex):
            index = kind((PathPattern(text), True) for text in patterns)
            spelling(path)  # is remembered
            gc.disable()  # its callbacks would be counted
            sys.setprofile(count_one)
            try:
                index.find(path)
            finally:
                sys.setprofile(None)
                gc.enable()
        return count

    for form in ("/p{}", "/api/p{}/*", "/p{}/**/delete", "/**/p{}", "/*/p{}/x"):
        many = [form.format(number) for number in range(1000)]
        for path in (form.format(999).replace("**", "a/b").replace("*", "a"), "/api/none/of/these"):
            assert steps(many, path) <= steps(many[-1:], path)


def test_what_cannot_be_read_is_under_every_pattern() -> None:
    index = PathIndex((PathPattern(text), text) for text in PATTERNS)
    assert list(index.find("/a/%2e%2e/b")) == PATTERNS
