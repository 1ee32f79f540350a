"""What a record says, in the few words that all its readers share.

Pure. A kind that is not named here counts as something that happened, and succeeded unless it is
named a refusal.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum, StrEnum

from gateway.audit.reading.fields import Fields
from gateway.audit.record import Kind


class Result(StrEnum):
    """How what a record tells of came out; `UNKNOWN` too while it is not known yet."""

    SUCCESS = "success"
    FAILURE = "failure"
    UNKNOWN = "unknown"


class Severity(IntEnum):
    """How much a person should care, by OCSF's numbers."""

    INFORMATIONAL = 1
    LOW = 2
    HIGH = 4


_BEFORE = frozenset((Kind.REQUEST_INTENT, Kind.MESSAGE_SENT))
"""Written before it is known how what they tell of comes out."""

BODIES = frozenset((Kind.REQUEST_BODY, Kind.RESPONSE_BODY))
_BEGINNING = 60
"""Characters of a body that a line for people shows."""

_OUTCOME_OF_THE_DEAD = "unknown"
_LEFT = frozenset(("client_gone", "cut"))


def was_refused(fields: Fields) -> bool:
    """Whether it tells of something that was not allowed."""
    return fields.get("decision") == "deny" or fields["kind"].endswith(".refused")


def refused_in_session(fields: Fields) -> bool:
    """Whether it tells of a request or a message of a session that was not allowed.

    What operators, also others, were refused about the session is none of these.
    """
    return was_refused(fields) and fields["kind"].startswith(("request.", "message."))


def result(fields: Fields) -> Result:
    """How it came out. An outcome fails by its reason, by an HTTP status from 400, or when cut.

    An event stream has no end of its own: it is none of these where its client left, or its session
    ended.
    """
    kind = fields["kind"]
    if was_refused(fields) or kind == Kind.AUDIT_LOST:
        return Result.FAILURE
    if kind in _BEFORE:
        return Result.UNKNOWN
    if kind != Kind.REQUEST_OUTCOME:
        return Result.SUCCESS
    reason = fields.get("reason")
    if reason == _OUTCOME_OF_THE_DEAD:
        return Result.UNKNOWN
    if reason in _LEFT and fields.get("media") == "text/event-stream":
        return Result.SUCCESS
    failed = reason or fields.get("status", 0) >= 400 or fields.get("complete") is False
    return Result.FAILURE if failed else Result.SUCCESS


def severity(fields: Fields) -> Severity:
    """A loss is high, and so is broken glass; a refusal, and what would have been one, is low."""
    if fields["kind"] == Kind.AUDIT_LOST or fields.get("break_glass"):
        return Severity.HIGH
    refused = was_refused(fields) or fields.get("would")
    return Severity.LOW if refused else Severity.INFORMATIONAL


def summary(fields: Fields) -> str:
    """One line for people: who did what for whom, what was decided, and what was hidden.

    Every character of it can be printed: none moves a terminal's cursor, ends the line or turns its
    direction (threat 47).
    """
    return printable(" ".join(_words(fields)))


def printable(text: str) -> str:
    """`text` with what is no visible character or space written as an escape, `\\x1b`."""
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )


def _words(fields: Fields) -> Iterator[str]:
    yield fields["kind"]
    people = [_name(fields[who]) for who in ("actor", "subject") if who in fields]
    if people:
        yield " -> ".join(people)
    if "method" in fields or "target" in fields:
        where = f"{fields.get('host', '')}{fields.get('target', '')}"
        yield f"{fields.get('method', '')} {where}".strip()
    if was_refused(fields):
        yield f"refused by {fields['rule']}" if "rule" in fields else "refused"
    if fields["kind"] in BODIES:
        yield body_in_short(fields)
    for name in ("status", "mode"):
        if name in fields:
            yield str(fields[name])
    if "reason" in fields:
        yield f"({fields['reason']})"
    if "would" in fields:
        yield f"would be refused ({fields['would']})"
    if "why" in fields:
        yield f'"{fields["why"]}"'
    if hidden := fields.get("redactions"):
        yield "hidden: " + ", ".join(f"{each['count']} {each['category']}" for each in hidden)
    if "lost" in fields:
        yield "records {} to {}".format(*fields["lost"])


def body_in_short(fields: Fields) -> str:
    """What is on record of a body, in a few words: its size, its type, and how it begins."""
    size = fields.get("bytes_in", 0) or fields.get("bytes_out", 0)
    said = f"{size} B {fields.get('media', '')}".rstrip()
    text = fields.get("body", "")
    return f"{said} {text[:_BEGINNING]}{'…' * (len(text) > _BEGINNING)}".rstrip()


def _name(person: Fields) -> str:
    return str(person["email"] or person["id"])
