"""Rule paths: exact where they allow, any spelling where they restrict."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from itertools import product
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.policy.paths import PathPattern

LITERALS = ("/logout", "/a/b", "/admin/users/7", "/caf%C3%A9", "/a%2fb", "/x;y/z", "/", "/A.b/c")


@pytest.mark.parametrize(
    "path",
    [
        "/logout",
        "/LogOut",
        "/logout/",
        "//logout",
        "/logout//",
        "/%6cogout",
        "/%6Cogout",
        "/%256cogout",
        "/%25256cogout",
        "/logout;jsessionid=1",
        "/logout;a=/b",
        "/;a/logout",
        "/logout%3ba",
        "/logout%2f",
        "/%5clogout",
        "\\logout",
        "/logout%20",
        "/logout.",
        "/logout%00.css",
        "/lo%0Agout",
        "/x/../logout",
        "/x/%2e%2e/logout",
        "/%c1%acogout",
        "/%EF%BD%8Cogout",
        "/%zzlogout",
        "/%u006cogout",
        "/index.php/logout",
        "/%69ndex.PHP;x//logout",
        "/app.php%2flogout",
        "/app_dev.php/logout/",
        "/logout/index.php",
        "/%" + "25" * 20 + "6cogout",
    ],
)
@pytest.mark.threat(25)
def test_row_25_a_block_rule_matches_every_spelling(path: str) -> None:
    assert PathPattern("/logout").matches_any_spelling(path)


@pytest.mark.parametrize(
    "path",
    ["/", "/logouts", "/a/logout", "/logout/now", "/log/out", "/100%25", "/logout/list.php"],
)
def test_a_restricting_rule_leaves_other_paths_alone(path: str) -> None:
    assert not PathPattern("/logout").matches_any_spelling(path)


@pytest.mark.threat(25)
@pytest.mark.parametrize("path", ["/a/out.php", "/a/out.php/", "/a/out.php/x/y", "/a/OUT.php%2fx"])
def test_row_25_a_script_is_run_whatever_path_follows_it(path: str) -> None:
    assert PathPattern("/a/out.php").matches_any_spelling(path)


@pytest.mark.threat(26)
@pytest.mark.parametrize(
    "path", ["/API/search", "/api/search/", "/api//search", "/api/%73earch", "/api/search;x", ""]
)
def test_row_26_an_allow_rule_matches_only_the_wire_path(path: str) -> None:
    pattern = PathPattern("/api/search")
    assert pattern.matches_exactly("/api/search")
    assert not pattern.matches_exactly(path)


@pytest.mark.threat(9)
@pytest.mark.parametrize(
    "path",
    [
        "/api/..",
        "/api/../admin",
        "/api/%2e%2e/admin",
        "/api/.%2E/admin",
        "/api/a%2fb",
        "/api/a%5cb",
        "/api/a\\b",
        "/api/a;b",
        "/api/a%3bb",
        "/api//b",
        "/api/a%00",
        "/api/a%25b",
        "/api/a%",
        "/api/a b",
        "/api/é",
        "/api/a?b",
        "/api/a#b",
    ],
)
def test_row_9_wildcards_that_allow_take_no_segment_that_parsers_read_differently(
    path: str,
) -> None:
    assert not PathPattern("/api/**").matches_exactly(path)
    assert not PathPattern("/api/*").matches_exactly(path)
    assert not PathPattern("/api/*/admin").matches_exactly(path)


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("/deals/*", "/deals/7", True),
        ("/deals/*", "/deals/a%20b", True),
        ("/deals/*", "/deals", False),
        ("/deals/*", "/deals/", False),
        ("/deals/*", "/deals/7/", False),
        ("/deals/*", "/deals/7/notes", False),
        ("/deals/*/notes", "/deals/7/notes", True),
        ("/deals/**", "/deals", True),
        ("/deals/**", "/deals/", True),
        ("/deals/**", "/deals/7/notes", True),
        ("/deals/**", "/dealss", False),
        ("/**", "/", True),
        ("/**", "/a/b", True),
        ("/**/export", "/export", True),
        ("/**/export", "/a/b/export", True),
        ("/**/export", "/a/b/exports", False),
        ("/a/**/b/**/c", "/a/b/x/b/c", True),
        ("/a/**/b/**/c", "/a/c/b", False),
        ("/**/**", "/a", True),
        ("/", "/", True),
        ("/", "/a", False),
    ],
)
def test_wildcards(pattern: str, path: str, fits: bool) -> None:
    compiled = PathPattern(pattern)
    assert compiled.matches_exactly(path) is fits
    if fits:
        assert compiled.matches_any_spelling(path)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "logout",
        "/a*",
        "/a/b**",
        "/../a",
        "/a/%2e",
        "/a?b",
        "/a#b",
        "/a b",
        "/é",
        "/%zz",
        "/%00",
    ],
)
def test_a_pattern_that_cannot_mean_what_it_says_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="path"):
        PathPattern(pattern)


@pytest.mark.threat(10)
@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/files/*", "/files/a%2fb"),
        ("/files/*", "/files/a\\b"),
        ("/files/*/meta", "/files/a%252Fb%5cc/meta"),
        ("/files/a/b", "/files/a%2fb"),
        ("/files/a%2fb", "/files/a/b"),
        ("/a", "/;%2fa/a"),
        ("/a/b", "/a;x%2fy/b;z/c"),
    ],
)
def test_row_10_an_encoded_slash_parts_segments_or_does_not(pattern: str, path: str) -> None:
    assert PathPattern(pattern).matches_any_spelling(path)


def test_patterns_are_values() -> None:
    assert PathPattern("/a") == PathPattern("/a") != PathPattern("/b")
    assert len({PathPattern("/a"), PathPattern("/a")}) == 1
    assert repr(PathPattern("/a")) == "PathPattern('/a')"


def test_many_wildcards_take_time_in_proportion_to_the_path() -> None:
    pattern = PathPattern("/" + "**/a/" * 8 + "b")
    assert not pattern.matches_exactly("/a" * 3000)
    assert not pattern.matches_any_spelling("/a" * 250)


@pytest.mark.parametrize("path", ["/a" * 300, "/a" + "%2fa" * 300, "/;" * 300])
def test_a_path_of_very_many_segments_cannot_be_read(path: str) -> None:
    assert PathPattern("/b").matches_any_spelling(path)


def test_encodings_of_encodings_are_not_undone_for_ever() -> None:
    started = time.process_time()
    assert PathPattern("/a").matches_any_spelling("/%" + "25" * 20_000)
    assert time.process_time() - started < 1


def readings(path: str) -> Iterator[tuple[str, ...]]:
    """Give the segments that differently minded apps make of a path, in a fixed order of apps."""
    options = product(
        (0, 1, 2),
        (False, True),
        (False, True),
        ("keep", "strip", "cut"),
        (False, True),
        (False, True),
    )
    for decodings, early, fold, params, collapse, backslash in options:
        text = path
        if early:  # this app decodes before it looks for slashes and semicolons
            for _ in range(decodings):
                text = unquote(text, "latin-1")
        if backslash:
            text = text.replace("\\", "/")
        if params == "strip":
            text = re.sub(";[^/]*", "", text)
        elif params == "cut":
            text = text.partition(";")[0]
        segments = text.split("/")[1:]
        if not early:
            for _ in range(decodings):
                segments = [unquote(segment, "latin-1") for segment in segments]
        if collapse:
            segments = [segment for segment in segments if segment]
        if fold:
            segments = [segment.lower() for segment in segments]
        yield tuple(segments)


def routes(pattern: tuple[str, ...], segments: tuple[str, ...]) -> bool:
    """Say whether an app's router takes segments for a pattern, tried the plain way."""
    if not pattern:
        return not segments
    if pattern[0] == "**":
        return any(routes(pattern[1:], segments[i:]) for i in range(len(segments) + 1))
    if not segments:
        return False
    fits = segments[0] != "" if pattern[0] == "*" else segments[0] == pattern[0]
    return fits and routes(pattern[1:], segments[1:])


hostile_paths = st.lists(
    st.sampled_from(
        ["/", "/", "a", "A", "b", "%61", "%2561", "%2f", "%252f", "%5C", "\\", ";", "%3b", "x", "%"]
    ),
    max_size=9,
).map(lambda pieces: "/" + "".join(pieces))
patterns = st.lists(st.sampled_from(["a", "b", "%61", "*", "**"]), min_size=1, max_size=4).map(
    lambda pieces: "/" + "/".join(pieces)
)


@settings(deadline=None)
@given(patterns, hostile_paths)
def test_what_any_app_could_take_for_the_pattern_is_matched(pattern: str, path: str) -> None:
    compiled = PathPattern(pattern)
    if any(map(routes, readings(pattern), readings(path))):
        assert compiled.matches_any_spelling(path)


@settings(deadline=None)
@given(st.one_of(patterns, st.sampled_from(LITERALS)), hostile_paths)
def test_what_matches_exactly_matches_in_any_spelling(pattern: str, path: str) -> None:
    compiled = PathPattern(pattern)
    if compiled.matches_exactly(path):
        assert compiled.matches_any_spelling(path)


@pytest.mark.parametrize("literal", LITERALS)
def test_a_literal_matches_itself(literal: str) -> None:
    assert PathPattern(literal).matches_exactly(literal)
    assert PathPattern(literal).matches_any_spelling(literal)


@settings(deadline=None)
@given(st.data(), st.sampled_from(LITERALS))
def test_percent_encoding_and_case_never_hide_a_path(data: st.DataObject, literal: str) -> None:
    respelled = ""
    for char in literal:
        way = data.draw(st.sampled_from(["same", "case", "once", "twice"]))
        if char in "%/;" or way == "same":
            respelled += char
        elif way == "case":
            respelled += char.swapcase()
        else:
            respelled += f"%{'25' if way == 'twice' else ''}{ord(char):02x}"
    if "%C3%A9" not in literal and "%2f" not in literal:  # their digits are not text
        assert PathPattern(literal).matches_any_spelling(respelled)


@settings(deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_answered(path: str) -> None:
    assert isinstance(PathPattern("/a/*/**").matches_any_spelling(path), bool)
    assert PathPattern("/a/*").matches_any_spelling(path) or path.startswith("/")
