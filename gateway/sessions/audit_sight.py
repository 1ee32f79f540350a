"""Of whose sessions an operator may see what was done: policies are asked, account by account."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from gateway.audit.reading.fields import Fields
from gateway.console.values import Client
from gateway.model import Deny, Operator
from gateway.people.preferences import PreferenceBook
from gateway.people.standing import lineage_of, owned_by
from gateway.policy.rights.desk import Asker, Desk
from gateway.policy.rights.profiles import Profiles
from gateway.sessions.standings import Standings
from gateway.site import Site

MOST_ASKED: Final = 200
"""Accounts of a site that are asked about one by one before a list of sessions is shown."""
_SAMPLED: Final = 40
"""Of a larger one, those by which it is seen whether it is worth looking at all."""
_AT_ONCE: Final = 10
"""Questions to the policies before others get their turn."""
_PASSED: Final = 500
_KEPT: Final = 256
_KEPT_MS: Final = 30_000


class Horizon(NamedTuple):
    """Accounts of a site whose sessions an operator may see; `all`: it is worth looking at all.

    What is found by it is asked about again: it says where to look, and permits nothing.
    """

    accounts: tuple[str, ...]
    all: bool


class _Kept(NamedTuple):
    horizon: Horizon
    policies: object
    people: object
    until: int

    def holds(self, policies: object, people: object, now_ms: int) -> bool:
        """Say whether it still tells where to look."""
        return self.policies is policies and self.people is people and now_ms < self.until


class AuditSight:
    """Asks policy for `view_audit`. Methods raise `StoreAway`."""

    def __init__(
        self,
        sites: Mapping[str, Site],
        operators: Iterable[Operator],
        standings: Standings,
        preferences: PreferenceBook,
        profiles: Profiles,
        desk: Desk,
        now: Callable[[], int],
    ) -> None:
        self.sites = sites
        self._operators = operators
        self._standings = standings
        self._preferences = preferences
        self._profiles = profiles
        self._desk = desk
        self._now = now
        self._kept: dict[tuple[Operator, str, str], _Kept] = {}

    def of(self, operator: Operator, client: Client) -> Asking:
        """Begin to ask for an operator; what was asked is not asked again."""
        asker = Asker(
            operator=operator,
            profiles=self._profiles.chain(operator.profile),
            now_ms=self._now(),
            address=client.address,
        )
        return Asking(self, asker)

    async def rules(self, asker: Asker, site_name: str, account: str) -> tuple[str, ...]:
        """Give the policies that let somebody see the audit of an account; none where they do not.

        A site or an account that is not there any more is nobody's to see.
        """
        site = self.sites.get(site_name)
        if site is None or not account:
            return ()
        lineage = await self._standings.lineage(site, account)
        answer = self._desk.on_account("view_audit", asker, site_name, lineage)
        return () if isinstance(answer, Deny) else answer

    async def horizon(self, asker: Asker, site: Site) -> Horizon:
        """Say where to look for sessions of a site."""
        key = (asker.operator, asker.address, site.name)
        policies, people = self._desk.in_force.policies, site.directory.people
        kept = self._kept.get(key)
        if kept is not None and kept.holds(policies, people, asker.now_ms):
            return kept.horizon
        found = await self._look(asker, site)
        if len(self._kept) >= _KEPT:
            self._kept.clear()
        self._kept[key] = _Kept(found, policies, people, asker.now_ms + _KEPT_MS)
        return found

    async def _look(self, asker: Asker, site: Site) -> Horizon:
        accounts = [each.id for each in site.directory.accounts()]
        outside = is_outsider(asker.operator)
        if len(accounts) <= MOST_ASKED:
            permitted = await self.permitted(asker, site, accounts)
            return Horizon(permitted, all=len(permitted) == len(accounts) and not outside)
        homes = await self._homes(asker.operator, site, accounts)
        permitted = await self.permitted(asker, site, homes[:MOST_ASKED])
        if outside:  # they hear nothing of how much there is
            return Horizon(permitted, all=False)
        sample = accounts[:: len(accounts) // _SAMPLED]
        return Horizon(permitted, all=bool(await self.permitted(asker, site, sample)))

    async def _homes(
        self, operator: Operator, site: Site, accounts: Sequence[str]
    ) -> Sequence[str]:
        """Give the accounts that somebody works for or owns, those below, and their partner's."""
        own = {operator.account, *operator.accounts} - {""}
        said = await self._preferences.all(site.name) if operator.partner else {}
        found: list[str] = []
        for number, account in enumerate(accounts):
            if number % _PASSED == 0:
                await asyncio.sleep(0)
            above = {each.id for each in site.directory.ancestors(account)}
            approves = account in said and operator.partner in said[account].partners
            if account in own or own & above or approves:
                found.append(account)
        return found

    async def permitted(self, asker: Asker, site: Site, accounts: Sequence[str]) -> tuple[str, ...]:
        """Give those of some accounts whose audit somebody may see."""
        said = await self._preferences.all(site.name)
        owned = owned_by(self._operators)
        found: list[str] = []
        for at in range(0, len(accounts), _AT_ONCE):
            some = accounts[at : at + _AT_ONCE]
            lineages = [
                lineage_of(
                    site.directory.account(each),
                    site.directory.ancestors(each),
                    owned,
                    said,
                    site.preferences,
                )
                for each in some
            ]
            may = self._desk.on_accounts("view_audit", asker, site.name, lineages)
            found += [account for account, permitted in zip(some, may, strict=True) if permitted]
            await asyncio.sleep(0)
        return tuple(found)


class Asking:
    """What one operator may see, asked during one request."""

    def __init__(self, sight: AuditSight, asker: Asker) -> None:
        self._sight = sight
        self._asker = asker
        self._known: dict[tuple[str, str], tuple[str, ...]] = {}

    @property
    def operator(self) -> Operator:
        """Who asks."""
        return self._asker.operator

    async def rules(self, site: str, account: str) -> tuple[str, ...]:
        """Give the policies that let them see the audit of an account; none where they do not."""
        if (site, account) not in self._known:
            rules = await self._sight.rules(self._asker, site, account)
            self._known[site, account] = rules
        return self._known[site, account]

    async def may_see(self, record: Fields) -> bool:
        """Say whether they may see a session's record: it is their own, or policies let them."""
        return self.is_own(record) or bool(await self.rules_of(record))

    def is_own(self, record: Fields) -> bool:
        """Say whether it is of a session in which they acted."""
        return bool(record.get("actor", {}).get("id") == self.operator.id)

    async def rules_of(self, record: Fields) -> tuple[str, ...]:
        """Give the policies that let them see a record of a session; of what is their own none."""
        subject: Mapping[str, Any] = record.get("subject", {})
        return await self.rules(record.get("site", ""), subject.get("account", ""))

    async def horizon(self, site: Site) -> Horizon:
        """Say where to look for sessions of a site."""
        return await self._sight.horizon(self._asker, site)

    async def all_of(self, site: Site, most: int) -> bool:
        """Say whether they may see the audit of every account of a site, at most so many.

        A site with more of them, or with none, is one of which that cannot be said. Whoever works
        for another company never does, even where all accounts there are now are theirs.
        """
        if is_outsider(self.operator):
            return False
        accounts = [each.id for each in site.directory.accounts()]
        if not 0 < len(accounts) <= most:
            return False
        return len(await self._sight.permitted(self._asker, site, accounts)) == len(accounts)


def is_outsider(operator: Operator) -> bool:
    """Say whether somebody works for a customer or a partner, and not for one's own company."""
    return bool(operator.account or operator.partner)
