"""What went on in a session, counted, and how it was spread over its time. Pure.

Records are added in the order of their stream, each once; a sum goes on where it stopped.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from gateway.audit.marks import may_change
from gateway.audit.reading.fields import Fields, ms_of
from gateway.audit.reading.meaning import Result, refused_in_session, result
from gateway.audit.record import Kind
from gateway.model import Frozen, Mode

MOST_BUCKETS: Final = 60
_NARROWEST_MS: Final = 1000


class Bars(Frozen, frozen=True, kw_only=True):
    """What happened in each part of a time, `width_ms` long: requests, and what was refused.

    `since`: when the first part begins, in milliseconds since the Unix epoch. Requests that were
    refused are not among `requests`.
    """

    since: int
    width_ms: int
    requests: tuple[int, ...] = ()
    refused: tuple[int, ...] = ()


class Activity:
    """The sum of one session's records so far."""

    def __init__(self) -> None:
        self.requests = self.changes = self.refused = self.errors = 0
        self.hidden: Counter[str] = Counter()
        self._since = 0
        self._width = _NARROWEST_MS
        self._requests: list[int] = []
        self._refused: list[int] = []

    @property
    def bars(self) -> Bars:
        """At most `MOST_BUCKETS` parts of the time up to the last record."""
        return Bars(
            since=self._since,
            width_ms=self._width,
            requests=tuple(self._requests),
            refused=tuple(self._refused),
        )

    def add(self, record: Fields) -> None:
        """Count one more record."""
        place = self._bucket(ms_of(record["at"]))
        if refused_in_session(record):
            self.refused += 1
            self._refused[place] += 1
            return
        match record["kind"]:
            case Kind.REQUEST_INTENT:
                self.requests += 1
                self._requests[place] += 1
                self.changes += may_change(record.get("method", ""))
            case Kind.MESSAGE_SENT:
                self.changes += record.get("mode") == Mode.READ_WRITE
            case Kind.REQUEST_OUTCOME:
                self.errors += result(record) is Result.FAILURE
                if record.get("would") != "redaction":  # else it was not hidden, only noted
                    for each in record.get("redactions", ()):
                        self.hidden[each["category"]] += each["count"]

    def _bucket(self, at_ms: int) -> int:
        """Give the part that a time is in; parts become twice as wide when there are too many."""
        if not self._requests:
            self._since = at_ms
        place = max(at_ms - self._since, 0) // self._width  # clocks may step back
        while place >= MOST_BUCKETS:
            self._width *= 2
            self._requests, self._refused = _halved(self._requests), _halved(self._refused)
            place = (at_ms - self._since) // self._width
        missing = place + 1 - len(self._requests)
        self._requests += [0] * missing
        self._refused += [0] * missing
        return place


def _halved(counts: list[int]) -> list[int]:
    return [sum(counts[at : at + 2]) for at in range(0, len(counts), 2)]
