"""What the console needs for approvals and for broken glass, as Protocols."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.console.approval_values import Approval, BrokenGlass, State, Verdict
from gateway.console.values import Client, StartOrder
from gateway.model import Operator


class Approvals(Protocol):
    """Requests for the approval of a second person. Each may raise `Refused` and `StoreAway`."""

    async def request(self, operator: Operator, order: StartOrder, client: Client) -> Approval:
        """Ask for the approval of a start.

        Raises:
            Refused: it is not needed, or too many wait (409); else as a start is.
        """
        ...

    async def listed(self, operator: Operator, client: Client) -> Sequence[Approval]:
        """Give one's own requests and those that one may decide, those that wait first."""
        ...

    async def find(self, operator: Operator, approval_id: str, client: Client) -> Approval:
        """Give one of `listed`, however old.

        Raises:
            Refused: there is none (404).
        """
        ...

    async def decide(
        self, operator: Operator, approval_id: str, state: State, why: str, client: Client
    ) -> Approval:
        """Let a request be `approved`, `refused` or `withdrawn`.

        Raises:
            Refused: there is none (404), it is one's own or not one's own (403), it is decided
                (409), or a refusal without a reason (422).
        """
        ...


class BrokenGlasses(Protocol):
    """Sessions that broke the glass. Each may raise `Refused` and `StoreAway`."""

    async def listed(self, operator: Operator, client: Client) -> Sequence[BrokenGlass]:
        """Give those that one may review, and one's own; open ones first."""
        ...

    async def review(
        self, operator: Operator, session_id: str, verdict: Verdict, why: str, client: Client
    ) -> BrokenGlass:
        """Say what one found who looked into a session.

        Raises:
            Refused: there is none (404), it is one's own (403), it is reviewed (409), or nothing
                is said (422).
        """
        ...
