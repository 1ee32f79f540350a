"""Which records somebody wants to read.

Pure: the clock is an argument.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.audit.reading.fields import Fields
from gateway.audit.reading.meaning import was_refused
from gateway.audit.record import Kind, timestamp

SLACK = 3_600_000
"""Milliseconds that a store's clock, which makes stream ids, may be behind a gateway's (`at`)."""

_AGO = re.compile(r"(\d{1,9})([smhdw])", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE
)
_UNITS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}


@dataclass(frozen=True, slots=True)
class Choice:
    """What is wanted; an empty value wants all.

    Attributes:
        since, until: `at` from the first on and before the second, in milliseconds since the epoch.
        session, account, site: ids and the site's name.
        actor, subject: an id or an e-mail address.
        kinds: names of kinds, and beginnings of such names that end with a dot: `request.`.
        refused: only what was not allowed.
    """

    since: int | None = None
    until: int | None = None
    session: str = ""
    actor: str = ""
    subject: str = ""
    account: str = ""
    site: str = ""
    kinds: tuple[str, ...] = ()
    refused: bool = False

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return self == Choice()

    @property
    def after(self) -> str:
        """The stream id after which to read.

        There is no such id to end at: a record may wait for the store for long, so a late id may
        hold an early `at`.
        """
        return f"{max((self.since or 0) - SLACK, 0)}-0"

    def takes(self, fields: Fields) -> bool:
        """Whether a record is wanted."""
        subject = fields.get("subject", {})
        return (
            (self.since is None or fields["at"] >= timestamp(self.since))
            and (self.until is None or fields["at"] < timestamp(self.until))
            and self.session in ("", fields.get("session"))
            and self.site in ("", fields.get("site"))
            and self.account in ("", subject.get("account"))
            and _is(self.actor, fields.get("actor", {}))
            and _is(self.subject, subject)
            and wanted(self.kinds, fields["kind"])
            and (not self.refused or was_refused(fields))
        )


def _is(said: str, person: Fields) -> bool:
    return (
        not said
        or said == person.get("id")
        or said.casefold() == person.get("email", "").casefold() != ""
    )


def wanted(kinds: Sequence[str], kind: str) -> bool:
    """Whether one of `kinds`, as `Choice` has them, covers `kind`; without any all are wanted."""
    return not kinds or any(_covers(said, kind) for said in kinds)


def _covers(said: str, kind: str) -> bool:
    return kind.startswith(said) if said.endswith(".") else kind == said


def known_kind(said: str) -> str:
    """`said`, which names a kind or begins the names of several.

    Raises:
        ValueError: it does neither; a report must not be empty because of a typing error.
    """
    if not any(_covers(said, kind) for kind in Kind):
        kinds = ", ".join(Kind)
        raise ValueError(f"there is no such kind; say one of {kinds}, or a beginning: request.")
    return said


def moment(said: str, now: int, *, end: bool = False) -> int:
    """A time as people say it, in milliseconds since the epoch.

    Args:
        said: RFC 3339 with its offset, `2026-11-22T05:00:00Z`; a date, which is that whole day in
            UTC; or how long ago, `90m`, `2h`, `7d`.
        now: milliseconds since the epoch.
        end: of a date, give the day's end.

    Raises:
        ValueError: it is none of these.
    """
    if ago := _AGO.fullmatch(said):
        return max(now - int(ago[1]) * _UNITS[ago[2]], 0)
    try:
        if _DATE.fullmatch(said):
            day = datetime.fromisoformat(said).replace(tzinfo=UTC)
            return _ms(day + timedelta(days=1) if end else day)
        if _MOMENT.fullmatch(said):
            return _ms(datetime.fromisoformat(said.upper()))
    except (ValueError, OverflowError) as fault:
        raise ValueError(f"{said} is no time: {fault}") from None
    raise ValueError("say a time as 2026-11-22T05:00:00Z, 2026-11-22, 2h or 7d (ago)")


def _ms(time: datetime) -> int:
    ms = (time - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)
    if ms < 0:
        raise ValueError("it is before 1970")
    return ms
