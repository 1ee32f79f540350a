"""What a start must say: why, and for which ticket."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gateway.config.base import Model
from gateway.config.compiled import (
    AnswerPath,
    AnswerText,
    ConditionName,
    LinearPattern,
    LookupUrl,
)
from gateway.config.values import FilePath, Filled, Seconds, default


class Condition(Model):
    """What the answer must say: one value, compared as text. Give `equals` or `one_of`."""

    at: AnswerPath
    """Where the value stands, as a JSONPath (RFC 9535), such as `$.ticket.status`. Where there is
    none, or more than one, the condition does not hold."""
    equals: AnswerText | None = None
    """What the value must be: text, a whole number, true or false. Text may hold what `url` may:
    `"{user.account}"`. With `"{user.email}"` capitals do not matter."""
    one_of: Annotated[tuple[AnswerText, ...], Field(min_length=1)] | None = None
    """What it may be."""


class Shown(Model):
    """What of the desk's answer the start page shows of a ticket: each as a JSONPath (RFC 9535).
    Nothing else of the answer is shown, and what is left out here is not."""

    status: AnswerPath | None = None
    """Its state, a text, such as `$.ticket.status`."""
    asked_by: AnswerPath | None = None
    """The name of who asked, a text."""
    asked_at: AnswerPath | None = None
    """When: as in RFC 3339, or in seconds or milliseconds since 1970."""


class Lookup(Model):
    """The desk that knows the tickets. It is asked by GET when a session starts, and whenever the
    start page shows what a session with this ticket would be like."""

    url: Annotated[LookupUrl, Field(repr=False)]
    """What answers for a ticket in JSON: `https://desk.example.com/api/tickets/{ticket}`. Over
    HTTPS, except on this machine; redirects are not followed. Its path and the values of its query
    may hold `{ticket}`, `{site}`, `{user.id}`, `{user.name}`, `{user.email}`, `{user.account}`,
    `{account.id}`, `{account.name}` and `{account.region}`."""
    headers_file: FilePath | None = None
    """A file with more header fields, one `Name: value` on a line, such as `Authorization`."""
    timeout: Annotated[Seconds, Field(le=30)] = default("3s")
    """How long one answer may take; at most 30s."""
    keep: Annotated[Seconds, Field(le=300)] = default("30s")
    """How long what it said holds; at most 5m."""
    conditions: dict[ConditionName, Condition] = Field(default_factory=dict)
    """What may hold of a ticket, by name. Policies see the names of those that do, as
    `context.ticket_holds`; ready ones ask for `open`, `same_account` and `opened_by_customer`."""
    require: tuple[str, ...] = ()
    """Names of conditions without which a ticket does not count, for nobody."""
    shows: Shown = Shown()
    """What the start page shows of a ticket."""


class Ticket(Model):
    """What a ticket is."""

    required: bool = False
    """Whether a session needs one. A policy may waive that, by the action `skip_ticket`."""
    pattern: LinearPattern | None = None
    """What one looks like, matched whole: `CS-[0-9]+`. It runs on RE2."""
    example: Filled | None = None
    """One that looks so, for pages and errors; needed with `pattern`."""
    lookup: Lookup | None = None
    """Where one is looked up; else any counts that looks like one."""
