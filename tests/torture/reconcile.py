"""Do the three ledgers agree? Pure: what was said comes in, and each offence goes out.

Each row is one sentence that must hold of every request, with what is counted under it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from math import inf

from gateway.audit.record import Kind, Record
from tests.torture.ledgers import Acted, Asked, Seen, Told

_NO_RECORD = 503
"""The status of an answer without the store: then there is no place for its record."""
_OUTSIDE = "no_session"
"""Why a session that is over refuses: the record follows, and may be lost with a kill."""


@dataclass(frozen=True)
class Ledgers:
    """What the clients, the app and the stream say."""

    asked: Sequence[Asked]
    acted: Sequence[Acted]
    seen: Sequence[Seen]
    told: Mapping[str, Told]
    others: Sequence[Record]

    @cached_property
    def by_id(self) -> dict[str, Asked]:
        """The clients' requests."""
        return {each.id: each for each in self.asked}

    @cached_property
    def sessions(self) -> dict[str, Acted]:
        """The clients' sessions."""
        return {each.id: each for each in self.acted}

    @cached_property
    def over(self) -> dict[str, float]:
        """When each session was over, for its client."""
        return {each.id: inf if each.over is None else each.over for each in self.acted}

    def governed(self) -> Iterator[tuple[Asked, Told]]:
        """Each request of a session, with what the stream tells of it."""
        for each in self.asked:
            if each.session:
                yield each, self.told.get(each.id, Told())

    def closed(self) -> Iterator[tuple[Asked, Record]]:
        """Each request of a session with its outcome, unless that is unknown."""
        for each, told in self.governed():
            for _, outcome in told.outcomes[:1]:
                if outcome.reason != "unknown":
                    yield each, outcome


def seen_without_intent(all_: Ledgers) -> Iterator[str]:
    """What was spooled comes into the stream later; then it says itself when it was made."""
    for seen in all_.seen:
        asked = all_.by_id.get(seen.id)
        if asked is None or asked.session or seen.user or seen.actor:
            spools = asked is not None and asked.spools
            intents = all_.told.get(seen.id, Told()).intents
            before = (made(record) if spools else at for at, record in intents)
            if min(before, default=inf) > seen.ms:
                yield seen.id


def made(record: Record) -> float:
    """When a record was made, in milliseconds of the wall clock."""
    return datetime.fromisoformat(record.at).timestamp() * 1000


def without_record(all_: Ledgers) -> Iterator[str]:
    for asked, told in all_.governed():
        said = told.intents if asked.answers else (*told.intents, *told.refusals)
        late = asked.status in (0, _NO_RECORD) or asked.code == _OUTSIDE
        if not said and not (late and not asked.answers):
            yield asked.id


def seen_twice(all_: Ledgers) -> Iterator[str]:
    counted = Counter(seen.id for seen in all_.seen)
    yield from (id_ for id_, times in counted.items() if times > 1)


def never_closed(all_: Ledgers) -> Iterator[str]:
    for id_, told in all_.told.items():
        closed = {outcome.request for _, outcome in told.outcomes}
        if any(intent.request not in closed for _, intent in told.intents):
            yield id_


def closed_twice(all_: Ledgers) -> Iterator[str]:
    """What was recovered may come beside what another gateway had to take for unknown."""
    for id_, told in all_.told.items():
        outcomes = (outcome for _, outcome in told.outcomes if outcome.recovered is None)
        counted = Counter(outcome.request for outcome in outcomes)
        if len(told.intents) > 1 or any(times > 1 for times in counted.values()):
            yield id_


def closed_without_intent(all_: Ledgers) -> Iterator[str]:
    for id_, told in all_.told.items():
        begun = {intent.request: at for at, intent in told.intents}
        if any(begun.get(outcome.request, inf) > at for at, outcome in told.outcomes):
            yield id_


def whole_yet_not_complete(all_: Ledgers) -> Iterator[str]:
    for asked, outcome in all_.closed():
        if asked.whole and asked.answers and not outcome.complete:
            yield asked.id


def complete_yet_not_whole(all_: Ledgers) -> Iterator[str]:
    """An end takes back what waits in the connection of a client that reads slowly."""
    for asked, outcome in all_.closed():
        if outcome.complete and not asked.whole and not (asked.left or asked.slow):
            yield asked.id


def other_status(all_: Ledgers) -> Iterator[str]:
    for asked, told in all_.governed():
        said = {outcome.status for _, outcome in told.outcomes if outcome.reason != "unknown"}
        said |= {refusal.status for refusal in told.refusals}
        if asked.status not in (0, _NO_RECORD) and said and asked.status not in said:
            yield asked.id


def other_size(all_: Ledgers) -> Iterator[str]:
    for asked, outcome in all_.closed():
        if asked.whole and asked.answers and asked.size != outcome.bytes_out:
            yield asked.id


def other_people(all_: Ledgers) -> Iterator[str]:
    """At the app and on record; an ordinary user's request names nobody, and is on no record."""
    for seen in all_.seen:
        asked = all_.by_id.get(seen.id)
        session = all_.sessions.get(asked.session) if asked is not None else None
        if (seen.user, seen.actor) != ((session.subject, session.actor) if session else ("", "")):
            yield seen.id
    for id_, told in all_.told.items():
        asked = all_.by_id.get(id_)
        session = all_.sessions.get(asked.session) if asked is not None else None
        for record in (*(each for _, each in (*told.intents, *told.outcomes)), *told.refusals):
            subject = record.subject.id if record.subject else ""
            actor = record.actor.id if record.actor else ""
            refused = record.kind is Kind.REQUEST_REFUSED and not record.session
            if session is not None and record.session == session.id:
                if (subject, actor) != (session.subject, session.actor):
                    yield id_
            elif not refused:
                yield id_


def changed_in_read_only(all_: Ledgers) -> Iterator[str]:
    for seen in all_.seen:
        asked = all_.by_id.get(seen.id)
        session = all_.sessions.get(asked.session) if asked is not None else None
        if session is not None and session.mode == "read_only" and seen.method != "GET":
            yield seen.id


def leaked(all_: Ledgers) -> Iterator[str]:
    yield from (asked.id for asked, _ in all_.governed() if asked.leaked)


def without_bar(all_: Ledgers) -> Iterator[str]:
    yield from (asked.id for asked, _ in all_.governed() if asked.answers and not asked.bar)


def of_another(all_: Ledgers) -> Iterator[str]:
    yield from (each.id for each in all_.asked if each.answers not in ("", each.id))


def after_the_end(all_: Ledgers) -> Iterator[str]:
    """Answered or seen by the app, though asked after the end; or a stream's part made after it."""
    seen = {each.id for each in all_.seen}
    for asked, _ in all_.governed():
        over = all_.over.get(asked.session, inf)
        if asked.newest > over or (asked.sent > over and (asked.answers or asked.id in seen)):
            yield asked.id


def lost(all_: Ledgers) -> Iterator[str]:
    yield from (record.id for record in all_.others if record.kind is Kind.AUDIT_LOST)


ROWS: Mapping[str, Callable[[Ledgers], Iterator[str]]] = {
    "requests of a session that the app saw before their intent, or without one": (
        seen_without_intent
    ),
    "answers in a session without a record": without_record,
    "requests that reached the app twice": seen_twice,
    "intents never closed": never_closed,
    "requests begun or closed twice": closed_twice,
    "outcomes without an intent before them": closed_without_intent,
    "answers that came whole, though their outcome says otherwise": whole_yet_not_complete,
    "answers that were cut, though their outcome says complete": complete_yet_not_whole,
    "outcomes and refusals with another status than the client got": other_status,
    "outcomes with another number of bytes than the client got": other_size,
    "requests as, or on record for, somebody else": other_people,
    "changes that the app saw from read-only sessions": changed_in_read_only,
    "hidden values that a client saw": leaked,
    "documents without the bar": without_bar,
    "answers to another request": of_another,
    "answers, or parts of streams, from after an end had returned": after_the_end,
    "records that the store lost": lost,
}


def reconciled(all_: Ledgers) -> dict[str, list[str]]:
    """Give the offences of each row: ids of requests, or of records."""
    return {row: list(offences(all_)) for row, offences in ROWS.items()}
