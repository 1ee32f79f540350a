"""What an answer's cookies make of the jar: overwriting, removing, making room, showing."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.sessions.jar import Cookie
from gateway.sessions.jar_change import Change, change_of
from tests.sessions.support import a_cookie

NOW = 1_795_319_163_123
OVER: dict[str, Any] = {"expires_at": NOW}


def change(
    before: list[Cookie], *arrived: Cookie, used: tuple[str, ...] = (), **more: Any
) -> Change:
    return change_of(
        {each.key: each for each in before},
        arrived,
        session="abcdefghijklmnop",
        now_ms=NOW,
        used=lambda cookie: cookie.name in used,
        **more,
    )


def names(cookies: list[Cookie]) -> list[str]:
    return [each.name for each in cookies]


def test_a_newer_cookie_takes_the_place_and_the_age_of_the_older_one() -> None:
    said = change([a_cookie("a", created_at=5)], a_cookie("a", "2", created_at=NOW))
    (kept,) = said.keep
    assert (kept.value, kept.created_at, said.drop) == ("2", 5, [])


def test_one_that_is_over_removes_its_older_self_and_others_that_are_over() -> None:
    before = [a_cookie("a"), a_cookie("b", **OVER), a_cookie("c")]
    said = change(before, a_cookie("a", **OVER))
    assert (said.keep, sorted(names(said.drop))) == ([], ["a", "b"])


def test_of_one_answer_the_last_word_counts() -> None:
    new, over = a_cookie("a"), a_cookie("a", **OVER)
    removed, kept = change([], new, over), change([], over, new)
    assert (names(removed.keep), names(removed.drop)) == ([], ["a"])
    assert (names(kept.keep), names(kept.drop)) == (["a"], [])


@pytest.mark.parametrize(
    ("odd", "gone"),
    [
        ({"expires_at": NOW}, "c100"),
        ({"secure": False, "version": 900}, "c100"),
        ({"version": 50}, "c100"),
        ({}, "c0"),
    ],
)
def test_a_full_jar_makes_room_as_a_browser_does(odd: dict[str, Any], gone: str) -> None:
    full = [a_cookie(f"c{n}", version=100 + n) for n in range(180)]
    full[100] = a_cookie("c100", **({"version": 200} | odd))
    said = change(full, a_cookie("more"))
    assert (names(said.keep), names(said.drop)) == (["more"], [gone])


def test_what_went_with_the_request_outlives_what_did_not() -> None:
    full = [a_cookie(f"c{n}", version=100 + n) for n in range(180)]
    said = change(full, a_cookie("more"), used=("c0", "c1", "more"))
    assert (names(said.keep), names(said.drop)) == (["more"], ["c2"])


def readable(name: str, value: str = "1") -> Cookie:
    return a_cookie(name, value, http_only=False)


@pytest.mark.parametrize(
    ("cookie", "hidden", "shown"),
    [
        (readable("a"), False, True),
        (readable("a"), True, False),
        (a_cookie("a"), False, False),
        (readable("a", "x" * 4090), False, False),
        (readable("a", "%" * 1500), False, False),
    ],
)
def test_the_browser_is_given_what_scripts_may_read_and_what_it_would_keep(
    cookie: Cookie, hidden: bool, shown: bool
) -> None:
    (kept,) = change([], cookie, hidden=hidden).keep
    assert kept.shown is shown


def test_the_browser_is_given_no_more_than_leaves_room_for_the_operators_own() -> None:
    many = change([], *(readable(f"c{n}") for n in range(60))).keep
    assert [each.shown for each in many] == [True] * 50 + [False] * 10
    large = change([], *(readable(f"c{n}", "x" * 3900) for n in range(5))).keep
    assert [each.shown for each in large] == [True] * 4 + [False]
