"""Requests for the approval of a second person, and sessions that did not wait for one."""

from __future__ import annotations

from typing import Literal

from gateway.model import Actor, Frozen, Mode

State = Literal["pending", "approved", "refused", "withdrawn", "expired", "used"]
"""What became of a request. An approval that was not used in time is `expired` too."""
Verdict = Literal["justified", "not_justified"]


class Whom(Frozen, frozen=True, kw_only=True):
    """The user whom it is about, as they were then."""

    id: str
    name: str
    email: str
    account: str


class Approval(Frozen, frozen=True, kw_only=True):
    """What an operator asked a second person for; times are milliseconds since the Unix epoch.

    `session`: the live session that is to change things; empty for one that is to start. `until`:
    when it waits no more, and of an approval when it can be used no more. `by`, `why` and
    `decided_at`: who decided, why and when. `used_by`: the session that it was used for.
    """

    id: str
    operator: Actor
    site: str
    subject: Whom
    mode: Mode
    reason: str
    ticket: str = ""
    workflow: str = ""
    session: str = ""
    asked_at: int
    until: int
    state: State = "pending"
    by: Actor | None = None
    by_address: str = ""
    why: str = ""
    decided_at: int = 0
    used_by: str = ""


class BrokenGlass(Frozen, frozen=True, kw_only=True):
    """A session that broke the glass, and what somebody found who looked into it."""

    session: str
    operator: Actor
    site: str
    subject: Whom
    mode: Mode
    reason: str
    ticket: str = ""
    at: int
    verdict: Verdict | None = None
    by: Actor | None = None
    why: str = ""
    reviewed_at: int = 0
