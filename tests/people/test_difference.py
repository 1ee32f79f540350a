"""What is new when a directory comes again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.model import Account
from gateway.people.difference import Difference, difference

directories = st.dictionaries(st.sampled_from("abcde"), st.sampled_from("XY")).map(
    lambda names: {each: Account(id=each, name=name) for each, name in names.items()}
)


@given(directories, directories)
def test_the_difference_makes_the_one_out_of_the_other(
    before: dict[str, Account], after: dict[str, Account]
) -> None:
    found = difference(before, after)
    made = dict(before)
    for gone in found.gone:
        assert made.pop(gone.id) == gone
    for old, new in found.changed:
        assert made[old.id] == old != new
        made[new.id] = new
    for added in found.added:
        assert made.setdefault(added.id, added) is added
    assert made == after
    assert found.unchanged == len(before) - len(found.gone) - len(found.changed)


def test_nothing_is_different_from_itself() -> None:
    same = {"a": Account(id="a", name="A")}
    assert difference(same, same) == Difference((), (), (), 1)
