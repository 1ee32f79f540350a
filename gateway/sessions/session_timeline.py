"""What happened in one session: who may look, a page of it, and all of it summed up."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

from gateway.audit.reading.activity import Activity
from gateway.audit.reading.fields import Fields, ms_of
from gateway.audit.reading.meaning import printable, was_refused
from gateway.audit.reading.paging import changed, failed, hidden_in
from gateway.audit.reading.session_pages import MOST_READ, SECONDS, SessionPages
from gateway.audit.reading.spots import FIRST, LAST
from gateway.audit.reading.timeline import Step
from gateway.audit.record import Kind, timestamp
from gateway.console.history_values import (
    HiddenValues,
    HistoryQuestion,
    PastSessions,
    Timeline,
    TimelineBars,
    TimelineQuestion,
    TimelineStep,
    TimelineTotals,
)
from gateway.console.values import Client
from gateway.errors import Refused
from gateway.model import Operator
from gateway.sessions.audit_sight import Asking, AuditSight
from gateway.sessions.past import Past, spot_of
from gateway.sessions.watched import Watched

MOST_STEPS: Final = 500
_AT_ONCE: Final = 2
"""Timelines that are read at the same time, by one worker."""
_SUMS: Final = 64
"""Sessions whose sums are kept, to go on from."""


class _Sum:
    """What was counted of a session, up to a spot."""

    def __init__(self) -> None:
        self.activity = Activity()
        self.spot = FIRST


class Timelines:
    """Implements `console.history_services.Histories`. Methods raise `StoreAway` and `Refused`."""

    def __init__(
        self, pages: SessionPages, sight: AuditSight, past: Past, watched: Watched
    ) -> None:
        self._pages = pages
        self._sight = sight
        self._past = past
        self._watched = watched
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._sums: OrderedDict[str, _Sum] = OrderedDict()

    async def recent(
        self, operator: Operator, question: HistoryQuestion, client: Client
    ) -> PastSessions:
        """Give sessions, the newest first."""
        return await self._past.recent(operator, question, client)

    async def timeline(
        self, operator: Operator, question: TimelineQuestion, client: Client
    ) -> Timeline:
        """Give a part of what happened in a session."""
        asking = self._sight.of(operator, client)
        before, after = spot_of(question.before, LAST), spot_of(question.after, FIRST)
        most = min(max(question.limit, 1), MOST_STEPS)
        start = await self._start(question.session, asking)
        if not asking.is_own(start):
            await self._watched.by(operator, client, start, await asking.rules_of(start))
        async with self._turns:
            [session] = await self._past.told((start,), asking)
            if question.after:
                page = await self._pages.after(question.session, after, question.only, most)
            else:
                page = await self._pages.before(question.session, before, question.only, most)
            totals = await self._totals(question.session, start) if question.totals else None
        labels = self._labels(start)
        return Timeline(
            session=session,
            steps=tuple(_says(each, start, labels) for _, each in page.steps.steps),
            late=tuple(_says(each, start, labels) for _, each in page.steps.late),
            earlier=str(page.earlier) if page.earlier else "",
            later=str(page.later),
            more=page.more,
            totals=totals,
        )

    async def _start(self, session: str, asking: Asking) -> Fields:
        """Give the first record of a session that an operator may see.

        Raises:
            Refused: `session_not_on_record`, whether there is none or it is not theirs to see.
        """
        start = await self._pages.begun(session)
        if start is None or not await asking.may_see(start):
            raise Refused(
                "session_not_on_record",
                "There is no session of this id on record that you may see.",
                "Look for it in the list of sessions.",
                status=404,
                title="Not found",
            )
        return start

    async def _totals(self, session: str, start: Fields) -> TimelineTotals:
        """Go on counting where the last call stopped."""
        known = self._sums.pop(session, None) or _Sum()
        self._sums[session] = known
        if len(self._sums) > _SUMS:
            self._sums.popitem(last=False)
        clock = asyncio.get_running_loop().time
        until, counted, more = clock() + SECONDS, 0, True
        while more and counted < MOST_READ and clock() < until:
            at = known.spot
            found, spot, more = await self._pages.read_on(session, at)
            if known.spot != at:  # another call has counted these meanwhile
                more = True
                continue
            for _, record in found:
                known.activity.add(record)
            known.spot, counted = spot, counted + len(found)
        counts, bars = known.activity, known.activity.bars
        return TimelineTotals(
            requests=counts.requests,
            changes=counts.changes,
            refused=counts.refused,
            errors=counts.errors,
            hidden=_hidden(counts.hidden, self._labels(start)),
            bars=TimelineBars(
                since=timestamp(bars.since) if bars.since else start["at"],
                width_ms=bars.width_ms,
                requests=bars.requests,
                refused=bars.refused,
            ),
            complete=not more,
        )

    def _labels(self, start: Fields) -> Mapping[str, str]:
        site = self._sight.sites.get(start.get("site", ""))
        return site.categories if site else {}


def _says(step: Step, start: Fields, labels: Mapping[str, str]) -> TimelineStep:
    told, outcome = step.told, step.outcome
    is_late = told["kind"] == Kind.REQUEST_OUTCOME
    is_request = is_late or told["kind"] == Kind.REQUEST_INTENT
    who = told.get("actor", {})
    said = outcome or told

    def text(name: str) -> str:
        return printable(str(said.get(name) or told.get(name, "")))

    return TimelineStep(
        id=told.get("request", told["id"]) if is_request else told["id"],
        at=timestamp(max(ms_of(told["at"]) - told.get("ms", 0), 0)) if is_late else told["at"],
        kind=Kind.REQUEST_INTENT if is_late else printable(told["kind"]),
        method=printable(told.get("method", "")),
        host=printable(told.get("host", "")),
        target=printable(told.get("target", "")),
        status=said.get("status", 0),
        bytes_in=said.get("bytes_in", 0),
        bytes_out=said.get("bytes_out", 0),
        ms=said.get("ms", 0),
        changes=changed(step),
        refused=was_refused(told),
        failed=failed(step),
        under_way=is_request and not outcome,
        hidden=_hidden(hidden_in(step), labels),
        shown=tuple(map(printable, said.get("shown", ()))),
        rule=printable(told.get("rule", "")),
        reason=text("reason"),
        detail=text("detail"),
        would=text("would"),
        who="" if who.get("id") == start["actor"]["id"] else printable(who.get("name", "")),
        why=printable(told.get("why", "")),
        ticket=printable(told.get("ticket", "")),
    )


def _hidden(counts: Mapping[str, int], labels: Mapping[str, str]) -> tuple[HiddenValues, ...]:
    return tuple(
        HiddenValues(category=printable(name), label=labels.get(name, printable(name)), count=count)
        for name, count in counts.items()
    )
