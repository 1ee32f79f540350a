"""What accounts allow, and the people who may sign in, as Protocols."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.console.values import (
    AccountSays,
    Client,
    OperatorChange,
    OperatorList,
    OperatorSays,
    PersonOrder,
    PreferenceChange,
    PreferenceOrder,
)
from gateway.model import Operator


class Accounts(Protocol):
    """What accounts allow.

    Each may raise `Refused`: policy, an unknown site or account (404).
    """

    async def preferences(
        self, operator: Operator, site: str, account: str, client: Client
    ) -> AccountSays:
        """Give what an account allows."""
        ...

    async def history(
        self, operator: Operator, site: str, account: str, client: Client
    ) -> Sequence[PreferenceChange]:
        """Give the last changes of it, the newest first."""
        ...

    async def prefer(self, operator: Operator, order: PreferenceOrder, client: Client) -> None:
        """Change it, on record; sessions that are no longer allowed have ended when it returns.

        Raises:
            Refused: also an unknown category (422), or a version that is not the last (409).
        """
        ...


class OperatorDesk(Protocol):
    """The people who may sign in, as far as an operator may manage them.

    Each may raise `Refused`: policy, the rules of `gateway.policy.people_rules`, or somebody whom
    there is not (404).
    """

    async def search(self, operator: Operator, text: str, client: Client) -> OperatorList:
        """Find those whom an operator may manage, by words of name, id, e-mail or profile."""
        ...

    async def show(self, operator: Operator, person: str, client: Client) -> OperatorSays:
        """Give one of them, or oneself."""
        ...

    async def history(
        self, operator: Operator, person: str, client: Client
    ) -> Sequence[OperatorChange]:
        """Give the last changes of one, the newest first."""
        ...

    async def change(self, operator: Operator, order: PersonOrder, client: Client) -> OperatorSays:
        """Add, update, disable or enable somebody, on record; give them as they are then.

        The sessions of somebody who is disabled have ended when it returns.

        Raises:
            Refused: also a version that is not the last (409).
        """
        ...
