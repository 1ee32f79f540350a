"""What somebody types."""

from __future__ import annotations

import pytest

from gateway.people.search.query import MOST_LETTERS, MOST_WORDS, Query, read_query


def query(**said: object) -> Query:
    nothing = {"words": (), "says_nothing": False, "status": "", "account": "", "email": ""}
    return Query(**(nothing | said))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Jonas Weber", query(words=(("jonas",), ("weber",)))),
        ("Jean-Luc jean-luc", query(words=(("jean", "luc"),))),
        ("status:invited Account:Nord", query(status="invited", account="Nord", says_nothing=True)),
        ("email:@nord.example we", query(words=(("we",),), email="@nord.example")),
        ("status: who:me", query(words=(("status",), ("who", "me")))),
        ("?!", query()),
        ("", query(says_nothing=True)),
    ],
)
def test_words_and_filters_are_told_apart(text: str, read: Query) -> None:
    assert read_query(text) == read


def test_an_argument_goes_before_what_was_typed() -> None:
    read = read_query("status:invited account:b", "active")
    assert (read.status, read.account) == ("active", "b")


@pytest.mark.parametrize("text", ["a-" * 99, " ".join(f"w{n}" for n in range(60)), "x" * 999])
def test_a_query_is_bounded(text: str) -> None:
    words = read_query(text).words
    assert sum(map(len, words)) <= MOST_WORDS
    assert sum(len(part) for parts in words for part in parts) <= MOST_LETTERS
