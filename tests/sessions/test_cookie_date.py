"""Dates of cookies: what browsers take for one, and a plain reading of the draft beside ours."""

from __future__ import annotations

import calendar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.sessions.cookie_date import cookie_date

DIGITS = "0123456789"
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


def is_delimiter(char: str) -> bool:
    at = ord(char)
    ranges = ((0x20, 0x2F), (0x3B, 0x40), (0x5B, 0x60), (0x7B, 0x7E))
    return at == 0x09 or any(low <= at <= high for low, high in ranges)


def tokens_of(text: str) -> list[str]:
    tokens, token = [], ""
    for char in text:
        if is_delimiter(char):
            tokens.append(token)
            token = ""
        else:
            token += char
    return [each for each in (*tokens, token) if each]


def leading(token: str, least: int, most: int) -> tuple[int, str] | None:
    """The number that a token begins with, and the rest; None with too few or too many digits."""
    count = 0
    while count < len(token) and token[count] in DIGITS:
        count += 1
    return (int(token[:count]), token[count:]) if least <= count <= most else None


def clock_of(token: str) -> tuple[int, int, int] | None:
    hour = leading(token, 1, 2)
    if hour is None or not hour[1].startswith(":"):
        return None
    minute = leading(hour[1][1:], 1, 2)
    if minute is None or not minute[1].startswith(":"):
        return None
    second = leading(minute[1][1:], 1, 2)
    return None if second is None else (hour[0], minute[0], second[0])


def reference(text: str) -> int | None:
    """RFC 6265bis, 5.1.1, step by step."""
    clock = day = month = year = None
    for token in tokens_of(text):
        if clock is None and clock_of(token) is not None:
            clock = clock_of(token)
        elif day is None and (found := leading(token, 1, 2)) is not None:
            day = found[0]
        elif month is None and token[:3].lower() in MONTHS:
            month = MONTHS.index(token[:3].lower()) + 1
        elif year is None and (found := leading(token, 2, 4)) is not None:
            year = found[0]
    if clock is None or day is None or month is None or year is None:
        return None
    if 70 <= year <= 99:
        year += 1900
    elif 0 <= year <= 69:
        year += 2000
    hour, minute, second = clock
    if not 1 <= day <= 31 or year < 1601 or hour > 23 or minute > 59 or second > 59:
        return None
    if day > calendar.monthrange(year, month)[1]:
        return None
    return calendar.timegm((year, month, day, hour, minute, second)) * 1000


PARTS = st.one_of(
    st.sampled_from(["Thu", "GMT", "+0100", "1970", "69", "70", "601", "10:20:30", "0:0:0"]),
    st.sampled_from(["24:00:00", "1:2:345", "31", "29", "Feb", "february", "JANx", "x1", "\xff"]),
    st.integers(0, 99999).map(str),
    st.from_regex(r"\A[0-9]{1,3}:[0-9]{1,3}:[0-9]{1,3}[a-z:]?\Z"),
    st.sampled_from(MONTHS),
)
DATES = st.lists(st.tuples(PARTS, st.sampled_from(" ,-/;\t~:")), max_size=7).map(
    lambda pairs: "".join(part + between for part, between in pairs)
)


@given(st.one_of(DATES, st.text(st.characters(max_codepoint=255), max_size=40)))
@example("29 Feb 2000 1:2:3")
@example("29 Feb 1900 1:2:3")
@example("12:34:56 12:34:57 Mar 2001")
def test_it_reads_what_the_draft_reads(text: str) -> None:
    assert cookie_date(text) == reference(text)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Thu, 01 Jan 1970 00:00:01 GMT", 1000),
        ("Thu, 01-Jan-1970 00:00:01 GMT", 1000),
        ("Thursday, 01-Jan-70 00:00:01 GMT", 1000),
        ("Thu Jan  1 00:00:01 1970", 1000),
        ("1970 jan 1 0:0:1 +0900", 1000),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777_000),
        ("Mon, 01 Jan 1601 00:00:00 GMT", -11_644_473_600_000),
        ("Fri, 31 Dec 1600 23:59:59 GMT", None),
        ("Thu, 30 Feb 2034 00:00:00 GMT", None),
        ("Thu, 01 Jan 1970 24:00:00 GMT", None),
        ("Thu, 01 Jan 1970 00:00 GMT", None),
        ("never", None),
        ("", None),
    ],
)
def test_dates_of_the_wild(text: str, at: int | None) -> None:
    assert cookie_date(text) == at
