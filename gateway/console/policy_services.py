"""What the console needs to answer about policies, as Protocols."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.console.policy_values import (
    Answered,
    Draft,
    PolicyQuestion,
    PolicySays,
    ReplayedStarts,
    ReplayOrder,
    Tested,
    WhoMay,
    WhomPage,
)
from gateway.console.values import Client
from gateway.model import Operator


class PolicyQuestions(Protocol):
    """Says what policies would say; nothing here lets anybody in. Each may raise `Refused`."""

    async def explain(
        self, operator: Operator, question: PolicyQuestion, client: Client
    ) -> Answered:
        """Say what a start would come to.

        Raises:
            Refused: it is about somebody else, in an account whose audit one may not see.
        """
        ...

    async def who_can(
        self, operator: Operator, question: PolicyQuestion, client: Client
    ) -> Sequence[WhoMay]:
        """Give every operator who may act for a user.

        Raises:
            Refused: one may not see the audit of the user's account.
        """
        ...

    async def what_can(
        self, operator: Operator, question: PolicyQuestion, after: str, client: Client
    ) -> WhomPage:
        """Give users for whom an operator may act: of one account, or of all behind `after`.

        Raises:
            Refused: it is about somebody else, and one may not see the audit of an account.
        """
        ...


class PolicyTrials(Protocol):
    """Policies read and tried, for those who may see them. Each may raise `Refused`."""

    async def listed(self, operator: Operator, site: str, client: Client) -> Sequence[PolicySays]:
        """Give the policies in force, in the order of their files."""
        ...

    async def test(
        self,
        operator: Operator,
        site: str,
        table: str,
        policies: Draft | None,
        client: Client,
    ) -> Tested:
        """Ask policies about a table of cases; those in force, unless others are given.

        Raises:
            Refused: 422 `bad_table`, `bad_policies`, with every fault.
        """
        ...

    async def lint(
        self, operator: Operator, site: str, policies: Draft | None, client: Client
    ) -> Sequence[str]:
        """Say what is odd about policies, a line each.

        Raises:
            Refused: 422 `bad_policies`, with every fault.
        """
        ...

    async def replay(
        self, operator: Operator, order: ReplayOrder, client: Client
    ) -> ReplayedStarts:
        """Ask policies about starts on record, in accounts whose audit one may see.

        Raises:
            Refused: 422 `bad_policies`, with every fault.
        """
        ...
