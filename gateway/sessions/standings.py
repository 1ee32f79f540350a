"""Accounts as they stand now: whose they are, and what they allow."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.model import Operator
from gateway.people.preferences import PreferenceBook
from gateway.people.standing import lineage_of, owned_by
from gateway.policy.rights.facts import Standing
from gateway.site import Site


class Standings:
    """Gathers them. Methods raise `StoreAway`.

    Args:
        operators: who may own accounts.
        preferences: what accounts said.
    """

    def __init__(self, operators: Iterable[Operator], preferences: PreferenceBook) -> None:
        self._operators = operators
        self._preferences = preferences

    async def lineage(self, site: Site, account_id: str) -> tuple[Standing, ...]:
        """Give an account of a site and its parents, nearest first; empty for an unknown one."""
        account = site.directory.account(account_id)
        if account is None:
            return ()
        ancestors = site.directory.ancestors(account_id)
        names = [each.id for each in (account, *ancestors)]
        said = await self._preferences.said(site.name, names)
        owned = owned_by(self._operators)
        return lineage_of(account, ancestors, owned, said, site.preferences)
