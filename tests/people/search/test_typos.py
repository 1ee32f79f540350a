"""Beginnings with a letter amiss."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.people.search.typos import almost
from gateway.people.search.vocabulary import Vocabulary
from tests.people.search.reference import LETTERS, near

words = st.lists(st.text(LETTERS, min_size=1, max_size=10), unique=True)


def found(said: list[str], typed: str, edits: int) -> set[str]:
    vocabulary = Vocabulary(sorted([*(f"w{word}" for word in said), "e@", typed, f"v{typed}"]))
    spans = almost(vocabulary, "w", typed, edits)
    return {vocabulary[number][1:] for span in spans for number in range(*span)}


@given(words, st.text(LETTERS, min_size=4, max_size=8))
def test_one_edit_is_forgiven_wherever_it_is(said: list[str], typed: str) -> None:
    assert found(said, typed, 1) == {word for word in said if near(word, typed, 1)}


@given(words, st.text(LETTERS, min_size=8, max_size=9))
def test_two_edits_are_forgiven_and_never_three(said: list[str], typed: str) -> None:
    said = [*said, *(typed[:n] + typed[n + 1 :] for n in range(3))]
    given = found(said, typed, 2)
    assert {word for word in said if near(word, typed, 1)} <= given
    assert all(near(word, typed, 2) for word in given)


@pytest.mark.parametrize(
    ("word", "typed", "is_found"),
    [
        ("schwarzenegger", "shwarzeneger", True),  # one in each half
        ("schwarzenegger", "schwarzneger", True),  # both in the second half
        ("schwarzenegger", "zchvarzenegger", False),  # both in the first half
        ("schwarzenegger", "cshwarzenegge", True),
    ],
)
def test_of_two_edits_at_most_one_is_in_the_first_half(
    word: str, typed: str, is_found: bool
) -> None:
    assert (word in found([word], typed, 2)) is is_found
