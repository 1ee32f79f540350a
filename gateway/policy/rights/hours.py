"""Working hours: weekly windows in a time zone, and the moment at which they next open or close.

A window that ends before it begins goes on past midnight and belongs to the day on which it begins.
Times are local: where a clock is put forward or back, the wall's time counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.model import Frozen

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WRITTEN = re.compile(
    r"(?P<days>[a-z]{3}(?:[-,][a-z]{3})*) "
    r"(?P<start>[0-9]{2}:[0-9]{2})-(?P<end>[0-9]{2}:[0-9]{2})"
)
_DAY = 1440
_MINUTE_MS = 60_000
_AHEAD = 9
"""Days in which every boundary of a week comes, wherever in it one stands."""


class Window(Frozen, frozen=True, kw_only=True):
    """From `start` to `end` on each of `days` (0: Monday), in minutes after midnight."""

    days: tuple[int, ...]
    start: int
    end: int

    @property
    def length(self) -> int:
        """How many minutes it lasts; a window that ends where it begins lasts a day."""
        return (self.end - self.start) % _DAY or _DAY


def window_of(text: str) -> Window:
    """Read a window: days or ranges of days, and from when until when.

    Examples: `mon-fri 08:00-18:00`, `sat,sun 10:00-14:00`, `fri 22:00-06:00`.

    Raises:
        ValueError: it is none.
    """
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise ValueError("working hours are written as mon-fri 08:00-18:00")
    start, end = _minutes(found["start"]), _minutes(found["end"])
    days = {day for part in found["days"].split(",") for day in _days(part)}
    return Window(days=tuple(sorted(days)), start=start % _DAY, end=end % _DAY)


def _days(part: str) -> Iterator[int]:
    ends = part.split("-")
    if len(ends) > 2 or not all(end in _DAYS for end in ends):
        raise ValueError(f"days are {', '.join(_DAYS)}")
    first, last = _DAYS.index(ends[0]), _DAYS.index(ends[-1])
    yield from ((first + step) % 7 for step in range((last - first) % 7 + 1))


def _minutes(text: str) -> int:
    hours, minutes = map(int, text.split(":"))
    if minutes > 59 or hours * 60 + minutes > _DAY:
        raise ValueError("a time is written from 00:00 to 24:00")
    return hours * 60 + minutes


class Hours(Frozen, frozen=True, kw_only=True):
    """When people work. `zone` is a name of the IANA time zone database."""

    windows: tuple[Window, ...]
    zone: str

    def open_at(self, now_ms: int) -> bool:
        """Whether a moment, in milliseconds since the Unix epoch, is in one of the windows."""
        here = self._local(now_ms)
        minute = here.hour * 60 + here.minute
        return any(
            window.start <= minute + back * _DAY < window.start + window.length
            for window in self.windows
            for back in (0, 1)
            if (here.weekday() - back) % 7 in window.days
        )

    def changes_after(self, now_ms: int) -> int | None:
        """Give the next moment at which they open or close; None when they never do."""
        now = self.open_at(now_ms)
        edges = sorted({at for day in range(-1, _AHEAD) for at in self._edges(now_ms, day)})
        return next((at for at in edges if at > now_ms and self.open_at(at) != now), None)

    def _edges(self, now_ms: int, day: int) -> Iterator[int]:
        """Give each moment of a day, counted from today, at which something may change."""
        here = self._local(now_ms)
        midnight = datetime(here.year, here.month, here.day) + timedelta(days=day)
        zone = ZoneInfo(self.zone)
        for window in self.windows:
            for minutes in (window.start, window.start + window.length):
                edge = (midnight + timedelta(minutes=minutes)).replace(tzinfo=zone)
                yield from (_ms(edge), _ms(edge.replace(fold=1)))
        first = _ms(midnight.replace(tzinfo=zone))
        last = first + _DAY * _MINUTE_MS
        if self._offset(first) != self._offset(last):
            yield self._shift(first, last)

    def _shift(self, before: int, after: int) -> int:
        """Give the moment between these two at which the clock is put forward or back."""
        while after - before > _MINUTE_MS:
            middle = before + (after - before) // (2 * _MINUTE_MS) * _MINUTE_MS
            if self._offset(middle) == self._offset(before):
                before = middle
            else:
                after = middle
        return after

    def _offset(self, at_ms: int) -> timedelta | None:
        return self._local(at_ms).utcoffset()

    def _local(self, now_ms: int) -> datetime:
        return datetime.fromtimestamp(now_ms / 1000, ZoneInfo(self.zone))


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
