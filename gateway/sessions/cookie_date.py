"""The date of a cookie's Expires attribute (RFC 6265bis, 5.1.1): lenient, and its own grammar.

No other reader of dates will do: this one takes the parts in any order, ignores zones and weekdays,
and reads what browsers read, so that a cookie ends when it would end in one.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

_DELIMITERS: Final = re.compile(r"[\t -/;-@\[-`{-~]+")
_TIME: Final = re.compile(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?![0-9])")
_DAY: Final = re.compile(r"([0-9]{1,2})(?![0-9])")
_YEAR: Final = re.compile(r"([0-9]{2,4})(?![0-9])")
_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_EARLIEST: Final = 1601


def cookie_date(text: str) -> int | None:
    """Read a date; None when a browser would not take it for one.

    Args:
        text: the attribute's value, bytes as Latin-1.

    Returns:
        Milliseconds since the Unix epoch; negative before it.
    """
    clock: re.Match[str] | None = None
    day: re.Match[str] | None = None
    month = 0
    year: re.Match[str] | None = None
    for token in _DELIMITERS.split(text):
        if clock is None and (found := _TIME.match(token)):
            clock = found
        elif day is None and (found := _DAY.match(token)):
            day = found
        elif not month and (named := _month(token)):
            month = named
        elif year is None and (found := _YEAR.match(token)):
            year = found
    if clock is None or day is None or not month or year is None:
        return None
    full = _full(int(year[1]))
    if full < _EARLIEST:
        return None
    try:
        hour, minute, second = map(int, clock.groups())
        moment = datetime(full, month, int(day[1]), hour, minute, second, tzinfo=UTC)
    except ValueError:  # no such day, or no such time of one
        return None
    return int(moment.timestamp()) * 1000


def _month(token: str) -> int:
    """Give the number of the month that a token begins with, 0 without one."""
    name = token[:3].lower()
    return _MONTHS.index(name) + 1 if name in _MONTHS else 0


def _full(year: int) -> int:
    if year < 70:
        return year + 2000
    return year + 1900 if year < 100 else year
