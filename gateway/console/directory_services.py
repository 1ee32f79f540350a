"""Sites and their users, as Protocols."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.console.values import People, Person, SiteCard
from gateway.model import Operator


class Sites(Protocol):
    """The sites and their directories, as far as an operator may see them."""

    def all(self) -> Sequence[SiteCard]:
        """List every site in the order of the config."""
        ...

    async def search(
        self,
        operator: Operator,
        site: str,
        text: str,
        limit: int,
        *,
        status: str = "",
        account: str = "",
    ) -> People:
        """Find users by name, e-mail, id or account; nobody for an unknown site.

        `status` and `account`, when not empty, are what the users must have beside.
        """
        ...

    async def person(self, operator: Operator, site: str, user_id: str) -> Person | None:
        """Give one user, or None."""
        ...

    async def house_contact(self, operator: Operator, site: str, account: str) -> Person | None:
        """Give the house contact of an account, by its id, or None."""
        ...
