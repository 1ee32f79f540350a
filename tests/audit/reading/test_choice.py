from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.reading.choice import SLACK, Choice, known_kind, moment
from gateway.audit.reading.fields import ms_of
from gateway.audit.record import Kind, timestamp
from tests.audit.formats.samples import a_line, fields, of_a_newer_gateway

NOW = ms_of("2026-11-22T12:00:00.000Z")
DAY = 86_400_000


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("2026-11-22T05:00:00Z", "2026-11-22T05:00:00.000Z"),
        ("2026-11-22t05:00:00.25z", "2026-11-22T05:00:00.250Z"),
        ("2026-11-22T05:00:00+02:00", "2026-11-22T03:00:00.000Z"),
        ("2026-11-22", "2026-11-22T00:00:00.000Z"),
        ("90m", "2026-11-22T10:30:00.000Z"),
        ("2h", "2026-11-22T10:00:00.000Z"),
        ("7d", "2026-11-15T12:00:00.000Z"),
        ("999999999w", "1970-01-01T00:00:00.000Z"),
    ],
)
def test_a_time_is_said_as_a_moment_a_date_or_how_long_ago(said: str, at: str) -> None:
    assert timestamp(moment(said, NOW)) == at


def test_a_date_that_ends_a_period_is_in_it() -> None:
    assert moment("2026-11-22", NOW, end=True) - moment("2026-11-22", NOW) == DAY


@pytest.mark.parametrize(
    "said",
    [
        *("", "2h ago", "week", "-2h", "٢h"),
        *("2026-11-22T05:00:00", "2026-11-22 05:00:00Z", "2026-11-22T05:00:60Z", "2026-13-01"),
        *("9999-12-31T24:00:00Z", "1969-12-31", "0001-01-01T00:00:00+23:59"),
    ],
)
def test_what_is_no_time_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="time"):
        moment(said, NOW)


@given(st.text(max_size=30), st.booleans())
def test_a_time_is_a_number_or_refused_and_nothing_else(said: str, end: bool) -> None:
    with suppress(ValueError):
        assert moment(said, NOW, end=end) >= 0


def test_the_last_day_there_is_has_no_end_and_says_so() -> None:
    with pytest.raises(ValueError, match="no time"):
        moment("9999-12-31", NOW, end=True)


@pytest.mark.parametrize(
    ("choice", "takes"),
    [
        ({}, True),
        ({"session": "s1"}, True),
        ({"session": "s"}, False),
        ({"actor": "ada"}, True),
        ({"actor": "Ada@Example.com"}, True),
        ({"actor": "jonas.weber"}, False),
        ({"actor": "Ada Okafor"}, False),
        ({"subject": "jonas.weber"}, True),
        ({"subject": "jonas@nord.example"}, True),
        ({"subject": "ada"}, False),
        ({"account": "nord"}, True),
        ({"account": "nor"}, False),
        ({"site": "crm"}, True),
        ({"site": "wiki"}, False),
        ({"kinds": ("session.ended", "request.")}, True),
        ({"kinds": ("request.outcome",)}, True),
        ({"kinds": ("request.intent",)}, False),
        ({"refused": True}, False),
        ({"session": "s1", "site": "wiki"}, False),
    ],
)
def test_a_record_is_taken_when_all_that_was_asked_holds(
    choice: dict[str, Any], takes: bool
) -> None:
    assert Choice(**choice).takes(fields(a_line())) is takes


@pytest.mark.parametrize("kind", Kind)
def test_refused_is_what_was_not_allowed(kind: Kind) -> None:
    assert Choice(refused=True).takes(fields(a_line(kind))) is kind.endswith(".refused")


def test_a_record_without_people_is_nobodys() -> None:
    started = fields(a_line(Kind.GATEWAY_STARTED))
    for who in ("actor", "subject", "account", "session", "site"):
        asked: dict[str, Any] = {who: "x"}
        assert not Choice(**asked).takes(started)


def test_a_period_holds_its_first_millisecond_and_not_its_end() -> None:
    at = ms_of(fields(a_line())["at"])
    periods = [(at, at + 1), (at - 1, at), (at + 1, None), (None, at)]
    taken = [Choice(since=a, until=b).takes(fields(a_line())) for a, b in periods]
    assert taken == [True, False, False, False]


def test_reading_begins_early_enough_for_a_store_whose_clock_is_behind() -> None:
    assert Choice().after == "0-0"
    assert Choice(since=5).after == "0-0"
    assert Choice(since=NOW).after == f"{NOW - SLACK}-0"


def test_a_kind_that_a_newer_gateway_wrote_is_found_by_its_beginning() -> None:
    newer = fields(of_a_newer_gateway("request.held"))
    assert Choice(kinds=(known_kind("request."),)).takes(newer)


@pytest.mark.parametrize("said", ["request", "requests.", "request.outcom", "", "."])
def test_a_kind_that_is_none_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="no such kind"):
        known_kind(said)
