"""How days, times and money are written."""

from __future__ import annotations

import pytest

from gateway.demo.crm.text import FILTERS, away, day, day_in, hue, initials, money, month


def test_money() -> None:
    assert money(1_234_567, "INR") == "₹\N{NO-BREAK SPACE}1,234,567"


def test_days() -> None:
    assert (day("2026-12-04"), day("2026-12-14T09:12:00Z")) == ("4 Dec 2026", "14 Dec 2026")
    assert month("2026-12-01") == "December 2026"


@pytest.mark.parametrize(
    ("iso", "said"),
    [
        ("2026-11-22", "today"),
        ("2026-11-22T23:59:59Z", "today"),
        ("2026-11-21", "yesterday"),
        ("2026-11-23", "tomorrow"),
        ("2026-12-02", "in 10 days"),
        ("2026-10-03", "50 days ago"),
        ("2026-05-22", "6 months ago"),
        ("2029-11-22", "in 3 years"),
    ],
)
def test_how_far_away_a_day_is(iso: str, said: str) -> None:
    assert away(iso, "2026-11-22") == said


@pytest.mark.parametrize("typed", ["", "soon", "2026-13-01", "2026-02-30"])
def test_what_is_no_day(typed: str) -> None:
    assert day_in(typed) is None


def test_a_day_that_somebody_typed() -> None:
    assert day_in("2026-12-04") == "2026-12-04"


def test_badges() -> None:
    assert (initials("Anneke de Vries"), initials("Cher")) == ("AV", "CC")
    assert {hue(name) for name in ("a", "b", "c", "d", "e", "f", "g", "h")} <= set(range(6))


def test_templates_know_them() -> None:
    assert {"money", "day", "away", "initials", "hue", "month"} == set(FILTERS)
