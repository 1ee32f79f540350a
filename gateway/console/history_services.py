"""Looking back at sessions, exporting records, and how the gateway is: for pages and the API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.console.export_values import ExportOrder, ExportSays
from gateway.console.history_values import HistoryQuestion, PastSessions, Timeline, TimelineQuestion
from gateway.console.system_values import SystemSays
from gateway.console.values import Client
from gateway.model import Operator


class Histories(Protocol):
    """What was done in sessions, of which policies let an operator `view_audit`, and their own.

    Each may raise `bad_fields` (400) where what says how to go on is not of an answer.
    """

    async def recent(
        self, operator: Operator, question: HistoryQuestion, client: Client
    ) -> PastSessions:
        """Give sessions, live ones too, the newest first.

        Raises:
            Refused: `site_missing` (422), a user is named without their site.
        """
        ...

    async def timeline(
        self, operator: Operator, question: TimelineQuestion, client: Client
    ) -> Timeline:
        """Give a part of what happened in a session.

        That somebody looks into the session of another is on record first, once an hour. To follow
        one that lives, ask again `after` the `later` of the last answer.

        Raises:
            Refused: there is none on record that they may see (404).
        """
        ...


@dataclass(frozen=True, slots=True)
class Download:
    """A file that is sent: its name, media type and size in bytes, and its bytes in pieces."""

    name: str
    media_type: str
    size: int
    pieces: AsyncIterator[bytes]


class Exports(Protocol):
    """Records in files, for those whom policies let see what is in them.

    An operator sees their own exports alone. Each may raise `export_unknown` (404).
    """

    async def request(self, operator: Operator, order: ExportOrder, client: Client) -> ExportSays:
        """Begin to write one, on record.

        Raises:
            Refused: `export_not_allowed`, policies do not let them see all of it; `export_busy`
                (409), another of theirs is being written; `exports_full` (409), there are too many;
                `bad_time` (422), a time is none; `site_missing` (422).
        """
        ...

    async def listed(self, operator: Operator) -> Sequence[ExportSays]:
        """Give their exports, the newest first."""
        ...

    async def show(self, operator: Operator, export: str) -> ExportSays:
        """Give one."""
        ...

    async def cancel(self, operator: Operator, export: str) -> None:
        """Write no more of it, and remove what there is."""
        ...

    async def download(self, operator: Operator, export: str, client: Client) -> Download:
        """Give its file, on record.

        Raises:
            Refused: `export_not_ready` (409); `export_elsewhere` (409), another gateway has the
                file; `export_not_allowed`, they may not see all of it any more.
        """
        ...


class System(Protocol):
    """How the gateway is."""

    async def show(self, operator: Operator, client: Client) -> SystemSays:
        """Say it; what the store would have to say is left open where it does not answer.

        Raises:
            Refused: policies do not let them `see_policies` of every site.
        """
        ...
