"""Words and times as people read them; the pages' templates use these as filters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from markupsafe import Markup

from gateway.model import Mode, Status
from gateway.texts import gettext as _
from gateway.texts import ngettext

_TIME: Final = re.compile(r"([0-9]{4}-[01][0-9]-[0-3][0-9]T[0-9:]{8}\.[0-9]{3}Z)")
"""A time as `timestamp` writes it into the details of records."""


def mode_words(mode: Mode) -> str:
    """Say a mode: `look only` or `look and change`."""
    return _("look only") if mode is Mode.READ_ONLY else _("look and change")


def status_words(status: Status) -> str:
    """Say a user's status."""
    return {
        "active": _("active"),
        "invited": _("invited, not yet joined"),
        "pre_onboarding": _("before onboarding"),
        "deactivated": _("deactivated"),
    }[status]


def place_words(return_to: str) -> str:
    """Say where leaving a session leads (`Session.return_to`): a host, or `the console`."""
    return urlsplit(return_to).netloc or _("the console")


def end_words(reason: str) -> str:
    """Say how a session ended, by the code of its end."""
    return {
        "left": _("they left"),
        "ended_in_console": _("they ended it"),
        "ended_by_other": _("somebody else ended it"),
        "expired": _("its time was over"),
        "idle": _("it was not used any more"),
        "no_longer_allowed": _("it was no longer allowed"),
    }.get(reason, _("it ended"))


def named(names: Iterable[str], labels: Mapping[str, str]) -> list[str]:
    """Give the labels of names, as far as there are."""
    return [labels.get(name, name) for name in names]


def timestamp(at_ms: int) -> str:
    """Write a time as RFC 3339 in UTC with milliseconds."""
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return at.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def ms_of_timestamp(text: str) -> int:
    """Read a time in RFC 3339 as milliseconds since the Unix epoch.

    Raises:
        ValueError: it is none, or says no offset from UTC.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without an offset from UTC")
    return int(at.timestamp() * 1000)


def clock(at_ms: int) -> str:
    """Write a time of day as `14:05 UTC`, for people."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%H:%M UTC")


def moment(at: int | str) -> str:
    """Write a time as `24 November 2026, 14:05 UTC`; milliseconds, or RFC 3339 in UTC."""
    if isinstance(at, str):
        time = datetime.fromisoformat(at)
    else:
        time = datetime.fromtimestamp(at / 1000, UTC)
    return f"{time.day} {time:%B %Y, %H:%M} UTC"


def times_in(text: str) -> Iterator[tuple[str, str]]:
    """Take a text apart at its times: some words, and the time behind them or nothing."""
    words = ""
    for number, part in enumerate(_TIME.split(text)):
        if number % 2 and _is_time(part):
            yield words, part
            words = ""
        else:
            words += part
    yield words, ""


def _is_time(text: str) -> bool:
    """Whether it is a time, and not only written like one: a name may be `2026-19-39T99:…`."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def breakable(address: str) -> Markup:
    """Let a line end behind the `@` of an e-mail address, and not within a word of it."""
    return Markup("@<wbr>").join(address.split("@"))


def duration(ms: int) -> str:
    """Say a length of time: `30 minutes`, `1 hour 30 minutes`, `45 seconds`."""
    seconds = max(0, ms) // 1000
    if seconds < 60:
        return ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
    hours, minutes = divmod(seconds // 60, 60)
    parts = []
    if hours:
        parts.append(ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours})
    if minutes:
        parts.append(ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes})
    return " ".join(parts)


def size(count: int) -> str:
    """Say how many bytes there are, in units of 1000: `999 B`, `2.0 kB`, `1.5 GB`."""
    amount = float(count)
    for unit in ("B", "kB", "MB"):
        if amount < 999.95:
            return f"{amount:.{0 if unit == 'B' else 1}f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def time_left(ms: int) -> str:
    """Say how long something still lasts: `21 min left`, `1 h 5 min left`, `40 s left`, `over`."""
    if ms <= 0:
        return _("over")
    seconds = ms // 1000
    if seconds < 60:
        return _("%(seconds)d s left") % {"seconds": seconds}
    hours, minutes = divmod(seconds // 60, 60)
    if hours:
        return _("%(hours)d h %(minutes)d min left") % {"hours": hours, "minutes": minutes}
    return _("%(minutes)d min left") % {"minutes": minutes}
