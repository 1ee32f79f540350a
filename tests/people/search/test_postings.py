"""Sets of users as bits."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.people.search import postings
from gateway.people.search.postings import Postings, bits_in

word_sets = st.sets(st.text("ab", max_size=3), max_size=4)


@pytest.mark.parametrize("many", [0, 3, 1000], ids="of {} users each".format)
@given(
    st.lists(word_sets, max_size=12),
    st.lists(st.tuples(word_sets, st.sets(st.integers(0, 11))), max_size=3),
    st.text("ab", max_size=2),
)
def test_the_users_of_a_beginning_are_those_who_have_such_a_word(
    many: int, own: list[set[str]], shared: list[tuple[set[str], set[int]]], text: str
) -> None:
    groups = [({*words}, [n for n in users if n < len(own)]) for words, users in shared]
    having = [
        words.union(*(group for group, users in groups if n in users))
        for n, words in enumerate(own)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings, "_MANY", many)
        found = Postings(own, [(words, array("I", users)) for words, users in groups])
    begun = found.users([found.words.beginning(text)])
    assert list(bits_in(begun)) == [
        n for n, words in enumerate(having) if any(word.startswith(text) for word in words)
    ]
    equal = found.users([found.words.equal(text)])
    assert list(bits_in(equal)) == [n for n, words in enumerate(having) if text in words]
    assert list(bits_in(found.everyone)) == list(range(len(own)))


def test_what_very_many_have_costs_nothing_to_look_up() -> None:
    found = Postings([{"a", f"b{n}"} for n in range(5000)], [])
    assert found.size(found.words.beginning("a")) == 0
    assert found.size(found.words.beginning("b")) == 0
    assert found.size(found.words.beginning("b1")) == 1111
