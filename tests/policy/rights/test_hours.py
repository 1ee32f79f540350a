"""Working hours: open when the wall's clock says so, and the next change is the next change."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.policy.rights.hours import Hours, Window, window_of

BERLIN = "Europe/Berlin"
OFFICE = Hours(windows=(Window(days=(0, 1, 2, 3, 4), start=8 * 60, end=18 * 60),), zone=BERLIN)
NIGHT = Hours(windows=(Window(days=(4,), start=22 * 60, end=6 * 60),), zone=BERLIN)
MINUTE = 60_000


def at(text: str, zone: str = BERLIN) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


@pytest.mark.parametrize(
    ("hours", "when", "is_open"),
    [
        (OFFICE, "2026-11-23T07:59:59", False),
        (OFFICE, "2026-11-23T08:00:00", True),
        (OFFICE, "2026-11-23T17:59:59", True),
        (OFFICE, "2026-11-23T18:00:00", False),
        (OFFICE, "2026-11-22T12:00:00", False),
        (NIGHT, "2026-11-27T22:00:00", True),
        (NIGHT, "2026-11-28T05:59:00", True),
        (NIGHT, "2026-11-28T06:00:00", False),
        (NIGHT, "2026-11-28T22:00:00", False),
    ],
)
def test_a_window_opens_and_closes_by_the_wall_clock(
    hours: Hours, when: str, is_open: bool
) -> None:
    assert hours.open_at(at(when)) is is_open


def test_the_next_change_is_given() -> None:
    assert OFFICE.changes_after(at("2026-11-20T12:00:00")) == at("2026-11-20T18:00:00")
    assert OFFICE.changes_after(at("2026-11-20T18:00:00")) == at("2026-11-23T08:00:00")


def test_hours_that_never_close_never_change() -> None:
    always = Hours(windows=(Window(days=tuple(range(7)), start=0, end=0),), zone="UTC")
    assert always.open_at(0)
    assert always.changes_after(0) is None
    assert Hours(windows=(), zone="UTC").changes_after(0) is None


def test_a_window_that_begins_in_an_hour_that_is_left_out_opens_with_the_next() -> None:
    early = Hours(windows=(Window(days=(6,), start=150, end=300),), zone=BERLIN)
    assert early.changes_after(at("2026-03-29T01:00:00")) == at("2026-03-29T03:00:00")


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("mon-fri 08:00-18:00", OFFICE.windows[0]),
        ("fri 22:00-06:00", NIGHT.windows[0]),
        ("sat,sun 10:00-24:00", Window(days=(5, 6), start=600, end=0)),
        ("sat-mon,wed 00:00-24:00", Window(days=(0, 2, 5, 6), start=0, end=0)),
    ],
)
def test_a_window_is_written_in_words(text: str, window: Window) -> None:
    assert window_of(text) == window


@pytest.mark.parametrize(
    "text",
    ["", "mon", "mon 8:00-18:00", "mon-fri 08:00-24:01", "mon-wed-fri 08:00-09:00",
     "xyz 08:00-09:00", "Mon 08:00-09:00", "mon 08:60-09:00", "mon 08:00 - 09:00"],
)  # fmt: skip
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"written|days are"):
        window_of(text)


windows = st.builds(
    Window,
    days=st.lists(st.integers(0, 6), unique=True, min_size=1).map(tuple),
    start=st.integers(0, 1439),
    end=st.integers(0, 1439),
)


@settings(deadline=None, max_examples=60)
@given(
    windows=st.lists(windows, max_size=3).map(tuple),
    zone=st.sampled_from([BERLIN, "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    day=st.sampled_from(["2026-03-28", "2026-10-24", "2026-11-01", "2026-04-04", "2026-07-01"]),
    minute=st.integers(0, 2 * 1440),
)
def test_the_next_change_is_what_a_look_at_each_minute_finds(
    windows: tuple[Window, ...], zone: str, day: str, minute: int
) -> None:
    hours = Hours(windows=windows, zone=zone)
    now = at(f"{day}T00:00:00", zone) + minute * MINUTE
    first = hours.open_at(now)
    minutes = range(now + MINUTE, now + 1440 * MINUTE, MINUTE)
    seen = next((each for each in minutes if hours.open_at(each) != first), None)
    said = hours.changes_after(now)
    if seen is not None:
        assert said == seen
    else:
        assert said is None or said >= minutes[-1]
