"""What is asked about policies, and what is said of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from gateway.model import Frozen, Mode, Operator, User


class PolicySays(Frozen, frozen=True, kw_only=True):
    """A policy in force: its `id`, where it comes from, what it says, and its text in Cedar."""

    id: str
    effect: Literal["permit", "forbid"]
    file: str
    reason: str
    advice: str
    text: str


class Draft(Frozen, frozen=True, kw_only=True):
    """Policies that are tried in place of those in force: ready ones by name, and files."""

    ready: tuple[str, ...] = ()
    files: Mapping[str, str] = {}


class PolicyQuestion(Frozen, frozen=True, kw_only=True):
    """A start that somebody asks about; `given` are facts that are so, as in tables of cases.

    `operator` is empty for oneself; `subject` and `account` where it is about many.
    """

    site: str
    operator: str = ""
    subject: str = ""
    account: str = ""
    mode: Mode = Mode.READ_ONLY
    ticket: str = ""
    holds: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    workflow: str = ""


class Answered(Frozen, frozen=True, kw_only=True):
    """What comes out. `rule`: the policies that decide; `helps`: what would change a no."""

    allowed: bool
    rule: str
    detail: str = ""
    advice: str = ""
    shown: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    helps: tuple[tuple[str, ...], ...] = ()


class WhoMay(Frozen, frozen=True, kw_only=True):
    """Somebody who may act, and by which policies."""

    operator: Operator
    rule: str


class WhomMay(Frozen, frozen=True, kw_only=True):
    """Somebody who may be acted for, and by which policies."""

    user: User
    rule: str


class WhomPage(Frozen, frozen=True, kw_only=True):
    """Some of those who may be acted for; `after`: the account to go on behind, or empty."""

    found: tuple[WhomMay, ...]
    after: str


class FailedCase(Frozen, frozen=True, kw_only=True):
    """A case of a table that comes out otherwise than it says."""

    line: int
    case: str
    expected: str
    why: str
    came_out: str


class Tested(Frozen, frozen=True, kw_only=True):
    """How a table of cases came out."""

    cases: int
    failed: tuple[FailedCase, ...]


class ReplayOrder(Frozen, frozen=True, kw_only=True):
    """Starts on record that policies are to be asked about again; times in milliseconds."""

    site: str
    since: int
    until: int | None = None
    policies: Draft | None = None


class ReplayedStart(Frozen, frozen=True, kw_only=True):
    """A start on record, as it was and as it would be; `known`: whether that can be said."""

    at: str
    session: str
    site: str
    actor: str
    subject: str
    mode: str
    known: bool
    differs: bool = False
    was: Answered | None = None
    would_be: Answered | None = None


class ReplayedStarts(Frozen, frozen=True, kw_only=True):
    """Starts that would come out otherwise, and how many were looked at.

    `more`: there are older ones that were not.
    """

    starts: tuple[ReplayedStart, ...]
    looked_at: int
    not_known: int
    more: bool
