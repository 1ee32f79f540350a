"""Who guesses passwords waits."""

from __future__ import annotations

from gateway.people.throttle import Throttle


def test_after_so_many_failures_a_key_waits_until_the_first_is_five_minutes_old() -> None:
    throttle = Throttle(3)
    for second in range(3):
        assert throttle.wait("ada", second) == 0
        throttle.failed("ada", second)
    assert throttle.wait("ada", 3) == 297
    assert throttle.wait("ada", 299.5) == 0.5
    assert throttle.wait("ada", 300) == 0, "the first has lapsed"
    throttle.failed("ada", 300)
    assert throttle.wait("ada", 300) == 1, "the second is the first now"


def test_keys_do_not_slow_each_other_down() -> None:
    throttle = Throttle(1)
    throttle.failed("ada", 0)
    assert throttle.wait("sam", 0) == 0
    assert throttle.wait("ada", 0) == 300


def test_a_flood_of_names_does_not_grow_it_without_bound() -> None:
    throttle = Throttle(1)
    for number in range(10_001):
        throttle.failed(str(number), 0)
    assert throttle.wait("0", 0) == 0, "the oldest was forgotten"
    assert throttle.wait("1", 0) == 300
    assert throttle.wait("10000", 0) == 300
