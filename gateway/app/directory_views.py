"""How the console sees the accounts and users of sites."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from gateway.app.views import person_of
from gateway.console.directory_values import (
    AccountCard,
    AccountPage,
    AccountSheet,
    Owner,
    Place,
    UserPage,
)
from gateway.errors import Refused
from gateway.model import Account, Operator, User
from gateway.people.reach import Accounts, Reach, is_own
from gateway.people.search.accounts import index_of_accounts
from gateway.people.search.query import read_query
from gateway.people.search.users import UserSearch
from gateway.site import Site

MOST: Final = 100
"""Accounts or users of one page, and children of one account."""
_SAME_ADDRESS: Final = 12
"""Users whose addresses are compared; of more nobody says who is whom."""
_TITLE: Final = "There is nothing to show"


class _Index(NamedTuple):
    accounts: Sequence[Account]
    search: UserSearch


class DirectoryViews:
    """Implements `console.directory_services.Directories`.

    Args:
        sites: by name.
        operators: who may own accounts.
        reach: whose users an operator finds.
    """

    def __init__(
        self, sites: Mapping[str, Site], operators: Iterable[Operator], reach: Reach
    ) -> None:
        self._sites = sites
        self._operators = operators
        self._reach = reach
        self._indexes: dict[str, _Index] = {}
        self._indexing = {name: asyncio.Lock() for name in sites}

    async def accounts(
        self, operator: Operator, site: str, text: str, after: str, limit: int
    ) -> AccountPage:
        """Find accounts."""
        at = self._site(site)
        within = await self._reach.of(operator, at)
        index = await self._index(at)
        found = index.page(read_query(text), _bounded(limit), after, within)
        held = (at.directory.account(each.id) for each in found.users)
        accounts = [each for each in held if each is not None]
        return AccountPage(accounts=self._cards(operator, at, accounts), after=found.after)

    async def account(self, operator: Operator, site: str, account: str) -> AccountSheet:
        """Give one account."""
        at = self._site(site)
        within = await self._reach.of(operator, at)
        found = _account(at, account, within)
        directory = at.directory
        above = [each for each in directory.ancestors(account) if _is_in(each, within)]
        below = [each for each in directory.children(account) if _is_in(each, within)]
        listed = sorted(below, key=lambda each: (each.name.casefold(), each.id))[:MOST]
        cards = self._cards(operator, at, [found, *above, *listed])
        return AccountSheet(
            account=cards[0],
            ancestors=cards[1 : 1 + len(above)],
            children=cards[1 + len(above) :],
            more_children=len(listed) < len(below),
        )

    async def users(
        self,
        operator: Operator,
        site: str,
        *,
        account: str = "",
        text: str = "",
        status: str = "",
        near: str = "",
        after: str = "",
        limit: int = 50,
    ) -> UserPage:
        """Give users of an account, or of all."""
        at = self._site(site)
        within = await self._reach.of(operator, at)
        if account:
            within = frozenset((_account(at, account, within).id,))
        found = at.directory.page(
            text,
            _bounded(limit),
            after=after,
            status=status,
            account=near,
            within=within,
        )
        people = tuple(person_of(at, user) for user in found.users)
        return UserPage(people=people, after=found.after)

    async def places(self, operator: Operator, site: str, subject: str) -> Sequence[Place]:
        """Give the sites on which a user exists."""
        at = self._site(site)
        user = at.directory.user(subject)
        if user is None or not await self._reach.reaches(operator, at, user.account):
            return ()
        found = [Place(site=at.name, label=at.label, person=person_of(at, user), sure=True)]
        for other in self._sites.values():
            there = None if other is at else _same(other, user)
            if there is not None and await self._reach.reaches(operator, other, there.account):
                sure = there.id == user.id and _addresses_agree(there, user)
                person = person_of(other, there)
                found.append(Place(site=other.name, label=other.label, person=person, sure=sure))
        return found

    def _cards(
        self, operator: Operator, site: Site, accounts: Sequence[Account]
    ) -> tuple[AccountCard, ...]:
        shown = {each.id for each in accounts} if is_own(operator) else frozenset[str]()
        owners: dict[str, list[Owner]] = {}
        for each in self._operators if shown else ():
            for owned in shown.intersection(each.accounts):
                owners.setdefault(owned, []).append(Owner(id=each.id, name=each.name))
        return tuple(_card(site, each, tuple(owners.get(each.id, ()))) for each in accounts)

    async def _index(self, site: Site) -> UserSearch:
        """Give the index of a site's accounts as they are now; it is made in a thread."""
        async with self._indexing[site.name]:
            accounts = site.directory.accounts()
            index = self._indexes.get(site.name)
            if index is None or index.accounts is not accounts:
                search = await asyncio.to_thread(index_of_accounts, accounts)
                index = self._indexes[site.name] = _Index(accounts, search)
        return index.search

    def _site(self, name: str) -> Site:
        site = self._sites.get(name)
        if site is None:
            raise Refused(
                "unknown_site",
                "There is no such site.",
                "Choose one of the list.",
                status=404,
                title=_TITLE,
            )
        return site


def _bounded(limit: int) -> int:
    return max(1, min(limit, MOST))


def _is_in(account: Account, within: Accounts) -> bool:
    return within is None or account.id in within


def _account(site: Site, account: str, within: Accounts) -> Account:
    found = site.directory.account(account)
    if found is None or not _is_in(found, within):
        raise Refused(
            "unknown_account",
            f"The directory of {site.label} has no such account.",
            "Find the account by its name.",
            status=404,
            title=_TITLE,
        )
    return found


def _card(site: Site, account: Account, owners: tuple[Owner, ...]) -> AccountCard:
    directory = site.directory
    contact = directory.house_contact(account.id)
    lineage = (account, *directory.ancestors(account.id))
    return AccountCard(
        id=account.id,
        name=account.name,
        parent=account.parent,
        users=directory.count_of(account.id),
        owners=owners,
        region=next((each.region for each in lineage if each.region), ""),
        house_contact=contact.id if contact else None,
        house_contact_status=contact.status if contact else None,
    )


def _same(site: Site, user: User) -> User | None:
    """Give who has this id on a site; else the only one who has this very address."""
    found = site.directory.user(user.id)
    if found is not None or not user.email:
        return found
    listed = site.directory.search(f"email:{user.email}", _SAME_ADDRESS)
    same = [each for each in listed.users if each.email == user.email]
    return same[0] if len(same) == 1 and not listed.more else None


def _addresses_agree(one: User, other: User) -> bool:
    mails = {each.email.casefold() for each in (one, other) if each.email}
    return len(mails) < 2
