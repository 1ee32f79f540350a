"""What was done in a session, summed up for the user that it was for. Pure."""

from __future__ import annotations

from collections import Counter, deque
from typing import Final, NamedTuple

from gateway.audit.marks import may_change
from gateway.audit.reading.fields import Fields
from gateway.audit.reading.meaning import printable, was_refused
from gateway.audit.record import Kind
from gateway.model import Mode

MOST_CHANGES: Final = 50
_OPEN: Final = 1000
"""Outcomes whose requests come later: as many as were under way together."""


class Change(NamedTuple):
    """A request that may have changed something: when, and with which status, or 0."""

    at: str
    method: str
    path: str
    status: int


class Tally:
    """Sums up the records of one session, which come the newest first.

    `changes` are the last ones of `changed`. `end`: the record of its end; empty without one.
    """

    def __init__(self) -> None:
        self.requests = self.refused = self.changed = 0
        self.changes: list[Change] = []
        self.hidden: Counter[str] = Counter()
        self.shown: dict[str, None] = {}
        self.elevated = False
        self.end: Fields = {}
        self._status: dict[str, int] = {}
        self._order: deque[str] = deque()

    def add(self, record: Fields) -> None:
        """Count one more record."""
        match record["kind"]:
            case Kind.REQUEST_OUTCOME:
                self._outcome(record)
            case Kind.REQUEST_INTENT:
                self.requests += 1
                status = self._status.pop(record.get("request", ""), 0)
                if may_change(record.get("method", "")):
                    self._change(record, record.get("method", ""), status)
            case Kind.MESSAGE_SENT:
                if record.get("mode") == Mode.READ_WRITE:
                    self._change(record, "WebSocket", 0)
            case Kind.SESSION_ENDED:
                self.end = record
            case Kind.SESSION_ELEVATED:
                self.elevated = True
            case _:
                self.refused += was_refused(record)

    def _outcome(self, record: Fields) -> None:
        request = record.get("request", "")
        self._status[request] = record.get("status", 0)
        self._order.append(request)
        if len(self._order) > _OPEN:
            self._status.pop(self._order.popleft(), None)
        if record.get("would") != "redaction":  # else it was not hidden, only noted
            for each in record.get("redactions", ()):
                self.hidden[each["category"]] += each["count"]
        self.shown |= dict.fromkeys(record.get("shown", ()))

    def _change(self, record: Fields, method: str, status: int) -> None:
        self.changed += 1
        if len(self.changes) < MOST_CHANGES:
            path = printable(record.get("target", "").partition("?")[0])
            self.changes.append(Change(record["at"], printable(method), path, status))
