"""How days, times and money are written on pages, and days read from forms."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from zlib import crc32

_SIGNS: Final = {"EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹"}


def money(amount: int, currency: str) -> str:
    """Write an amount, as in € 84,000."""
    return f"{_SIGNS[currency]}\N{NO-BREAK SPACE}{amount:,}"


def day(iso: str) -> str:
    """Write a day or the day of a time, as in 4 Dec 2026."""
    read = datetime.fromisoformat(iso)
    return f"{read.day} {read:%b %Y}"


def day_in(typed: str) -> str | None:
    """Read a day that somebody typed, as in 2026-12-04; None when it is none."""
    try:
        return date.fromisoformat(typed).isoformat()
    except ValueError:
        return None


def month(iso: str) -> str:
    """Write a day's month, as in December 2026."""
    return f"{date.fromisoformat(iso):%B %Y}"


def away(iso: str, today: str) -> str:
    """Say how far away a day is, as in tomorrow or 3 days ago."""
    days = (datetime.fromisoformat(iso[:10]) - datetime.fromisoformat(today)).days
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    if days in near:
        return near[days]
    size = abs(days)
    said = f"{size} days" if size < 60 else f"{size // 30} months"
    said = said if size < 730 else f"{size // 365} years"
    return f"in {said}" if days > 0 else f"{said} ago"


def initials(name: str) -> str:
    """Give the letters of somebody's badge, as in JW."""
    words = name.split()
    return (words[0][0] + words[-1][0]).upper()


def hue(name: str) -> int:
    """Give the colour of somebody's badge: one of six, always the same."""
    return crc32(name.encode()) % 6


FILTERS: Final = {
    "money": money,
    "day": day,
    "month": month,
    "away": away,
    "initials": initials,
    "hue": hue,
}
