"""What pages and the JSON API say of sessions of the past.

These values are what the API answers. Times are RFC 3339 in UTC with milliseconds; a text that is
not there is empty.
"""

from __future__ import annotations

from typing import Literal

from gateway.model import Actor, Frozen, Mode

Only = Literal["", "changes", "hidden", "refused", "errors"]


class HistoryQuestion(Frozen, frozen=True, kw_only=True):
    """Which sessions are asked for; an empty value takes all.

    `account`, `subject` and `actor` are ids; a subject needs its site. `before`: `earlier` of the
    answer before.
    """

    site: str = ""
    account: str = ""
    subject: str = ""
    actor: str = ""
    before: str = ""
    limit: int = 20


class PastSubject(Frozen, frozen=True, kw_only=True):
    """The user acted for, as they were then."""

    id: str
    name: str
    email: str
    account: str
    account_name: str


class PastSession(Frozen, frozen=True, kw_only=True):
    """A session, live or past.

    `state` is `unknown` where it lives no more and its end is not on record yet. `raised`: it may
    change things, or could, though it began look-only. `ended`: the code of how it ended.
    `seconds`: how long it lasted, so far. `expires_at`: of one that lives. `verdict`: what somebody
    found who looked into one that broke the glass. `own`: whoever asks acted in it.
    """

    id: str
    site: str
    actor: Actor
    subject: PastSubject
    mode: Mode
    state: Literal["live", "ended", "unknown"]
    own: bool
    reason: str
    ticket: str
    started_at: str
    ended_at: str | None = None
    ended: str = ""
    seconds: int = 0
    expires_at: str | None = None
    raised: bool = False
    break_glass: bool = False
    verdict: str = ""


class PastSessions(Frozen, frozen=True, kw_only=True):
    """Sessions, the newest first.

    `earlier`: with it those before are asked for; empty where there are none. `complete`: false
    where looking for more was given up, so that `earlier` leads on even from an empty answer.
    """

    sessions: tuple[PastSession, ...]
    earlier: str = ""
    complete: bool = True


class TimelineQuestion(Frozen, frozen=True, kw_only=True):
    """Which part of a session's timeline is asked for.

    With neither `before` nor `after` it is the end. `totals`: sum the whole session up, too.
    """

    session: str
    only: Only = ""
    before: str = ""
    after: str = ""
    limit: int = 100
    totals: bool = True


class HiddenValues(Frozen, frozen=True, kw_only=True):
    """So many values of a category that were hidden; `label` is the category's name for people."""

    category: str
    label: str
    count: int


class TimelineStep(Frozen, frozen=True, kw_only=True):
    """One thing that happened: a request with its outcome, a message, or an event of the session.

    `id` is that of its first record; `at` when it began. `target` is as on record: values of its
    query are `*`, but for those that a rule shows. `status` is 0 where there is none. `changes`: it
    may have changed something. `failed`: it was allowed and did not go well. `under_way`: it has no
    outcome yet. `rule`, `reason` and `detail` say what decided, the code and a sentence. `would`:
    where the site only reports, the code of what it would have been refused for. `who`: of an
    event, who did it, where that is not the actor. `why`: what they gave as their reason.
    """

    id: str
    at: str
    kind: str
    method: str = ""
    host: str = ""
    target: str = ""
    status: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    ms: int = 0
    changes: bool = False
    refused: bool = False
    failed: bool = False
    under_way: bool = False
    hidden: tuple[HiddenValues, ...] = ()
    shown: tuple[str, ...] = ()
    rule: str = ""
    reason: str = ""
    detail: str = ""
    would: str = ""
    who: str = ""
    why: str = ""
    ticket: str = ""


class TimelineBars(Frozen, frozen=True, kw_only=True):
    """How requests are spread over a session's time, in at most 60 parts of `width_ms` each.

    What was refused is in `refused` alone.
    """

    since: str
    width_ms: int
    requests: tuple[int, ...] = ()
    refused: tuple[int, ...] = ()


class TimelineTotals(Frozen, frozen=True, kw_only=True):
    """A session summed up. `complete`: false while not all of it was read; asking again goes on."""

    requests: int
    changes: int
    refused: int
    errors: int
    hidden: tuple[HiddenValues, ...]
    bars: TimelineBars
    complete: bool


class Timeline(Frozen, frozen=True, kw_only=True):
    """A part of what happened in a session, the oldest first.

    `late`: steps that began before this part and came to an end in it; what they say takes the
    place of what those with the same ids said, but for `host`, `rule` and `would`, of which they
    know nothing. `earlier`, `later`: with them what is before and after is asked for; `earlier` is
    empty at the beginning, `later` never. `more`: there is more after this part already.
    """

    session: PastSession
    steps: tuple[TimelineStep, ...]
    late: tuple[TimelineStep, ...]
    earlier: str
    later: str
    more: bool
    totals: TimelineTotals | None = None
