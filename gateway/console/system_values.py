"""What the system page and the JSON API say of the gateway itself.

These values are what the API answers. Times are RFC 3339 in UTC with milliseconds; a text that is
not there is empty.
"""

from __future__ import annotations

from gateway.model import Frozen


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
