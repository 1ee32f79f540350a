"""What happened in a session, or to somebody, step by step: records put together again. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from gateway.audit.marks import may_change
from gateway.audit.reading.fields import Fields
from gateway.audit.reading.meaning import BODIES, body_in_short, printable, summary, was_refused
from gateway.audit.record import Kind
from gateway.model import Mode


@dataclass(slots=True)
class Step:
    """One thing that happened: a request with its outcome, a session with its end, or a record.

    `told` is the record that it began with; `outcome` is empty while that is not known. `bodies`:
    what is on record of the request's and the answer's.
    """

    told: Fields
    outcome: Fields = field(default_factory=dict)
    bodies: list[Fields] = field(default_factory=list)

    @property
    def changes(self) -> bool:
        """Whether it may have changed something.

        That is a request by another method than GET, HEAD or OPTIONS, and a message in a session
        that may change things.
        """
        if self.told["kind"] == Kind.MESSAGE_SENT:
            return self.told.get("mode") == Mode.READ_WRITE
        is_request = self.told["kind"] == Kind.REQUEST_INTENT
        return is_request and may_change(self.told.get("method", ""))

    @property
    def refused(self) -> bool:
        """Whether it was not allowed, before it was sent or as its answer was read."""
        return was_refused(self.told) or bool(self.outcome.get("reason"))

    @property
    def hidden(self) -> list[Any]:
        """What was hidden in the answer."""
        return list(self.outcome.get("redactions", ()))

    @property
    def actor(self) -> str:
        """Who acted, in printable characters."""
        return printable(_name_of(self.told.get("actor", {})))

    @property
    def as_session(self) -> str:
        """A line for people about a start of a session."""
        told, end = self.told, self.outcome
        words = [told["at"], summary(told), told.get("session", "")]
        if "ticket" in told:
            words.append(f"ticket {told['ticket']}")
        if end:
            words.append(f"ended {end['at']} ({end.get('reason', '')})")
        return printable(" ".join(filter(None, words)))

    def __str__(self) -> str:
        """One line for people, every character of it printable (threat 47)."""
        if self.told["kind"] != Kind.REQUEST_INTENT:
            return f"{self.told['at']} {summary(self.told)}"
        return printable(" ".join((self.told["at"], *self._request())))

    def _request(self) -> Iterator[str]:
        told, outcome = self.told, self.outcome
        yield f"{told.get('method', '')} {told.get('host', '')}{told.get('target', '')}"
        if not outcome:
            yield "under way, or not known"
            return
        yield str(outcome["status"]) if "status" in outcome else "no answer"
        yield f"{outcome.get('bytes_out', 0)} B in {outcome.get('ms', 0)} ms"
        if "reason" in outcome:
            yield f"({outcome['reason']})"
        if self.hidden:
            kinds = ", ".join(f"{each['count']} {each['category']}" for each in self.hidden)
            yield f"hidden: {kinds}"
        if "detail" in told:
            yield f"[{told['detail']}]"
        for body in self.bodies:
            way = "sent" if body["kind"] == Kind.REQUEST_BODY else "got"
            reason = f" ({body['reason']})" if "reason" in body else ""
            yield f"{way}: {body_in_short(body)}{reason}"


@dataclass(frozen=True, slots=True)
class Sight:
    """Somebody may have seen a category of a subject's data, in `count` answers of one session."""

    category: str
    subject: str
    actor: str
    session: str
    first: str
    last: str
    count: int

    def __str__(self) -> str:
        """One line for people, every character of it printable (threat 47)."""
        times = self.first if self.count == 1 else f"{self.first} to {self.last}"
        answers = "1 answer" if self.count == 1 else f"{self.count} answers"
        return printable(
            f"{times} {self.category} of {self.subject} in {answers} to {self.actor}, "
            f"session {self.session}"
        )


def sights(records: Iterable[Fields]) -> list[Sight]:
    """Sum up what answers may have shown; the order is that of their first ones.

    An answer of which there is no outcome yet is under way: it may have shown what its intent says.
    """
    seen: dict[tuple[str, str, str, str], list[str]] = {}
    told = list(records)
    closed = {each["request"] for each in told if each["kind"] == Kind.REQUEST_OUTCOME}
    for record in told:
        if record["kind"] == Kind.REQUEST_INTENT and record["request"] in closed:
            continue
        people = [_name_of(record.get(who, {})) for who in ("subject", "actor")]
        for category in record.get("shown", ()):
            key = (category, *people, record.get("session", ""))
            seen.setdefault(key, []).append(record["at"])
    found = [Sight(*key, min(at), max(at), len(at)) for key, at in seen.items()]
    return sorted(found, key=lambda one: (one.first, one.category))


def _name_of(person: Fields) -> str:
    return str(person.get("email") or person.get("id", ""))


def steps(records: Iterable[Fields]) -> list[Step]:
    """Put outcomes and bodies of requests to their intents; the order is that of the beginnings."""
    found: list[Step] = []
    open_: dict[str, Step] = {}
    early: dict[str, Step] = {}  # bodies whose intents come next
    for record in records:
        request = record.get("request", "")
        if record["kind"] == Kind.REQUEST_OUTCOME and request in open_:
            open_.pop(request).outcome = record
            continue
        if record["kind"] in BODIES and request in open_:
            open_[request].bodies.append(record)
            continue
        if record["kind"] == Kind.REQUEST_INTENT and request in early:
            step = open_[request] = early.pop(request)
            step.told, step.bodies = record, [step.told]
            continue
        step = Step(record)
        found.append(step)
        if record["kind"] == Kind.REQUEST_BODY:
            early[request] = step
        if record["kind"] == Kind.REQUEST_INTENT:
            open_[request] = step
    return found
