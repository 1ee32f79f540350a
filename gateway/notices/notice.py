"""What people are told, and who takes it.

To tell something, make a `Notice` and `await notices.put(...)` it before what it is about takes
effect. A notice holds only what its readers may know: what is left empty is not told.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from gateway.model import Frozen


class NoticeKind(StrEnum):
    """What a notice is about. `texts` has the words of each."""

    SESSION_STARTED = "session_started"
    SESSION_BROKE_GLASS = "session_broke_glass"
    APPROVAL_REQUESTED = "approval_requested"
    APPROVAL_DECIDED = "approval_decided"
    CONSENT_ASKED = "consent_asked"


FOR_APPROVERS = frozenset({NoticeKind.SESSION_BROKE_GLASS, NoticeKind.APPROVAL_REQUESTED})
"""What those are told too whom the config names for approvals."""


class Notice(Frozen, frozen=True, kw_only=True):
    """Something that people are told.

    `id`: the same for the same event, such as `approval_requested:7f3k`; who gets a notice twice
    can tell by it. `to`: e-mail addresses. `site` and `account`: their names as people read them.
    `who`: the operator's name, and `profile` theirs; `whom`: the user's name. `since` and `until`:
    when the session, or what is asked for, begins and ends. `decision`: `approved` or `refused`,
    `by` and `why`: by whom (a name), with which words. `link`: an address of the console. Times are
    milliseconds since the Unix epoch; 0 and empty: not told.
    """

    id: str
    kind: NoticeKind
    at: int
    to: tuple[str, ...] = ()
    site: str = ""
    account: str = ""
    who: str = ""
    profile: str = ""
    whom: str = ""
    mode: str = ""
    reason: str = ""
    ticket: str = ""
    since: int = 0
    until: int = 0
    decision: str = ""
    by: str = ""
    why: str = ""
    link: str = ""


class Notices(Protocol):
    """Where notices are put."""

    @property
    def configured(self) -> bool:
        """Whether anybody can be told anything."""

    @property
    def approvers(self) -> int:
        """How many addresses the config names for approvals; 0 where nobody can be told."""

    async def put(self, notice: Notice) -> None:
        """Return when the notice is kept, durably; it is delivered later, at least once.

        Those whom the config names for approvals are added to `to` of what is in `FOR_APPROVERS`.
        A notice for nobody is not kept. Where nothing is configured, nothing is kept either: who
        must not go on then asks `configured` first.

        Raises:
            StoreAway: it could not be kept; `notices_full`: too many wait already.
        """
