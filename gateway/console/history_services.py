"""Looking back at sessions, exporting records, and how the gateway is: for pages and the API."""

from __future__ import annotations

from typing import Protocol

from gateway.console.history_values import (
    HistoryQuestion,
    PastSessions,
    Timeline,
    TimelineQuestion,
)
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
            ClientError: also where a subject is named without a site.
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
