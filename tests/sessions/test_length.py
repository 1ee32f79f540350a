"""For how long a session starts."""

from __future__ import annotations

import pytest

from gateway.policy.rights.profiles import Profile
from gateway.sessions import length


def profile(minutes: float) -> Profile:
    return Profile(name="Support", lifetime_ms=int(minutes * 60_000), idle_ms=1000)


@pytest.mark.parametrize(
    ("most", "choices"),
    [(30, (5, 15, 30)), (5, (5,)), (1, (1,)), (0.5, ()), (45.5, (5, 15, 30, 45)), (0, ())],
)
def test_lengths_to_choose_from_end_with_the_longest(most: float, choices: tuple[int, ...]) -> None:
    offered = length.choices(profile(most))
    assert offered == choices
    assert all(length.refusal(profile(most), each) is None for each in offered)


@pytest.mark.parametrize("minutes", [0, -1, 31, 10**15])
def test_a_longer_one_and_none_at_all_are_refused(minutes: int) -> None:
    deny = length.refusal(profile(30), minutes)
    assert deny is not None
    assert deny.code == "bad_length"


def test_without_a_length_it_lasts_as_long_as_one_may() -> None:
    assert length.refusal(profile(0.5), None) is None
    assert length.lifetime_of(profile(0.5), None) == 30_000
    assert length.lifetime_of(profile(30), 7) == 420_000
