"""What pages and the JSON API say of sessions of the past, of exports, and of the gateway itself.

These values are what the API answers. Times are RFC 3339 in UTC with milliseconds; a text that is
not there is empty.
"""

from __future__ import annotations

from typing import Literal

from gateway.model import Actor, Frozen, Mode

Only = Literal["", "changes", "hidden", "refused", "errors"]
ExportState = Literal["waiting", "running", "ready", "failed", "expired"]
ExportFormat = Literal["json", "csv", "ocsf", "cef", "ecs"]


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


class ExportOrder(Frozen, frozen=True, kw_only=True):
    """Which records somebody wants; an empty value takes all. Nothing in it was checked.

    `since` and `until` are moments in RFC 3339, dates, or how long ago (`7d`). The others are ids;
    a subject needs its site.
    """

    format: ExportFormat
    since: str = ""
    until: str = ""
    site: str = ""
    account: str = ""
    session: str = ""
    actor: str = ""
    subject: str = ""


class ExportSays(Frozen, frozen=True, kw_only=True):
    """An export and how far it is.

    `read`: records that were looked at, of `of`, which is null where that was not counted, or where
    whoever asks works for another company; `share`: how far it is, from 0 to 1; `taken`: records
    that it holds. `bytes`: of the file. `until`: when a ready one is gone. `why`, `detail`: the
    code of what it failed of, and a sentence.
    """

    id: str
    state: ExportState
    order: ExportOrder
    asked_at: str
    read: int = 0
    of: int | None = None
    share: float = 0.0
    taken: int = 0
    bytes: int = 0
    until: str | None = None
    why: str = ""
    detail: str = ""


class StoreStatus(Frozen, frozen=True, kw_only=True):
    """The store: its `kind` (`embedded`, `single`, `cluster` or `sentinel`) and what it says.

    `reachable`: it answered just now. `servers`: program and version of each that takes writes.
    `warnings`: what may lose records in a crash, or why the gateway would not start on it.
    """

    kind: str
    reachable: bool
    servers: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class AppStatus(Frozen, frozen=True, kw_only=True):
    """A site's app, as this worker last saw it when it opened a connection.

    Empty times: it has not opened any, or none failed. `fault`: the code of the last failure.
    """

    connected_at: str | None = None
    failed_at: str | None = None
    fault: str = ""


class DirectoryStatus(Frozen, frozen=True, kw_only=True):
    """Who is in a site's directory, and whether that is what its source says.

    `kept_in`: `file` or `store`. `read_at`: when it was read last by this worker. `stale`: the
    source may say something else; `fault`: why it could not be read.
    """

    kept_in: str
    accounts: int
    users: int
    read_at: str | None
    stale: bool
    fault: str = ""


class SiteStatus(Frozen, frozen=True, kw_only=True):
    """A site: `report_only` names what it does not do, because it only reports."""

    name: str
    label: str
    hosts: tuple[str, ...]
    report_only: tuple[str, ...]
    app: AppStatus
    directory: DirectoryStatus


class ReloadStatus(Frozen, frozen=True, kw_only=True):
    """What is read again when its files change: when it was last, and why the last try failed."""

    read_at: str | None
    stale: bool
    fault: str = ""


class ConsumerStatus(Frozen, frozen=True, kw_only=True):
    """How far behind the delivery to a consumer is: records, and the age of the oldest."""

    name: str
    records: int
    seconds: float


class AuditStatus(Frozen, frozen=True, kw_only=True):
    """Writing and delivering records.

    `away`: the store takes none of this worker's now. `pending`: of this worker, not confirmed yet;
    `spooled`: on its disk; `not_posted`: checkpoints that the webhook has not confirmed. `writers`:
    processes that write to these streams and have not ended in good order; `dead`: those of them
    that are being closed. None where the store does not say.
    """

    streams: int
    away: bool
    pending: int
    spooled: int
    not_posted: int
    consumers: tuple[ConsumerStatus, ...]
    writers: int | None = None
    dead: int | None = None


class NoticesStatus(Frozen, frozen=True, kw_only=True):
    """Messages to people, as of the last look; `configured`: anybody can be told."""

    configured: bool
    waiting: int = 0
    delivered: int = 0
    dead: int = 0


class ConfigStatus(Frozen, frozen=True, kw_only=True):
    """A file that this worker started with, as the config names it, and its SHA-256 in hex."""

    file: str
    sha256: str


class SystemSays(Frozen, frozen=True, kw_only=True):
    """How the gateway is, as the worker sees it that was asked.

    `worker`: its name; empty where there is one alone. `serving`: how many workers of all gateways
    may serve sessions now; `unreviewed`: sessions that broke the glass and that nobody has looked
    into. None where the store does not say.
    """

    version: str
    worker: str
    started_at: str
    serving: int | None
    sessions_under_way: int
    store: StoreStatus
    sites: tuple[SiteStatus, ...]
    policies: ReloadStatus
    operators: ReloadStatus
    audit: AuditStatus
    notices: NoticesStatus
    config: tuple[ConfigStatus, ...]
    unreviewed: int | None
