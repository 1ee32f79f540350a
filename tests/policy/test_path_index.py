"""An index of patterns says what asking each of them says."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.policy.path_index import PathIndex
from gateway.policy.paths import PathPattern

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


def test_what_cannot_be_read_is_under_every_pattern() -> None:
    index = PathIndex((PathPattern(text), text) for text in PATTERNS)
    assert list(index.find("/a/%2e%2e/b")) == PATTERNS
