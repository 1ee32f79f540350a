"""Words and times for people."""

from __future__ import annotations

from typing import get_args

import pytest

from gateway.console.wording import (
    breakable,
    clock,
    duration,
    end_words,
    mode_words,
    moment,
    named,
    size,
    status_words,
    time_left,
    times_in,
    timestamp,
)
from gateway.model import Mode, Status

MINUTE = 60_000


def test_every_mode_and_status_has_words() -> None:
    assert len({status_words(status) for status in get_args(Status)}) == len(get_args(Status))
    assert mode_words(Mode.READ_ONLY) == "look only"
    assert mode_words(Mode.READ_WRITE) == "look and change"
    assert status_words("deactivated") == "deactivated"


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (0, "0 seconds"),
        (1_000, "1 second"),
        (45_000, "45 seconds"),
        (MINUTE, "1 minute"),
        (30 * MINUTE, "30 minutes"),
        (60 * MINUTE, "1 hour"),
        (150 * MINUTE, "2 hours 30 minutes"),
        (-5, "0 seconds"),
    ],
)
def test_lengths_of_time_are_said_in_full(ms: int, words: str) -> None:
    assert duration(ms) == words


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (-1, "over"),
        (0, "over"),
        (999, "0 s left"),
        (59_999, "59 s left"),
        (MINUTE, "1 min left"),
        (21 * MINUTE + 40_000, "21 min left"),
        (60 * MINUTE, "1 h 0 min left"),
        (65 * MINUTE, "1 h 5 min left"),
    ],
)
def test_what_is_left_is_short(ms: int, words: str) -> None:
    assert time_left(ms) == words


def test_exact_times_are_utc() -> None:
    assert timestamp(1_790_000_000_123) == "2026-09-21T14:13:20.123Z"
    assert clock(1_790_000_000_123) == "14:13 UTC"
    assert moment(1_790_000_000_123) == "21 September 2026, 14:13 UTC"
    assert moment("2026-09-01T04:13:20.123Z") == "1 September 2026, 04:13 UTC"


def test_times_are_found_in_what_records_say() -> None:
    assert list(times_in("It lasts until 2026-09-21T14:13:20.123Z.")) == [
        ("It lasts until ", "2026-09-21T14:13:20.123Z"),
        (".", ""),
    ]
    impossible = "Ended by 2026-19-39T99:99:99.999Z."
    assert list(times_in(impossible)) == [(impossible, "")]
    assert list(times_in("Ended by Sam on 2026-09-21.")) == [("Ended by Sam on 2026-09-21.", "")]


def test_a_line_may_end_behind_the_sign_of_an_address() -> None:
    assert breakable("a&b@relata.example") == "a&amp;b@<wbr>relata.example"
    assert breakable("") == ""


def test_ends_and_categories_are_named_as_far_as_they_are_known() -> None:
    assert end_words("left") == "they left"
    assert end_words("of_another_version") == "it ended"
    assert named(["a", "b"], {"a": "Notes"}) == ["Notes", "b"]


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (1_500_000_000, "1.5 GB"),
        (2_000_000_000_000, "2000.0 GB"),
    ],
)
def test_sizes_are_said_in_units_of_a_thousand(count: int, words: str) -> None:
    assert size(count) == words
