"""What pages and the JSON API say of exports of records.

These values are what the API answers. Times are RFC 3339 in UTC with milliseconds; a text that is
not there is empty.
"""

from __future__ import annotations

from typing import Literal

from gateway.model import Frozen

ExportState = Literal["waiting", "running", "ready", "failed", "expired"]
ExportFormat = Literal["json", "csv", "ocsf", "cef", "ecs"]


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
