"""A directory held in memory, whose content is swapped as a whole when there is a newer one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gateway.model import Account, User
from gateway.people.population import Population
from gateway.people.search.query import Query, read_query
from gateway.people.search.users import UserSearch
from gateway.people.source import Found, FoundPage


def index_of(people: Population) -> UserSearch:
    """Index users for searching: some seconds of CPU for 100,000."""
    return UserSearch(people, people.lineage)


class _Held(NamedTuple):
    """Who is there, and an index of them as they are or as they were `indexed` a while ago."""

    people: Population
    search: UserSearch
    indexed: Population


class MemoryDirectory:
    """Accounts and users. The source has checked them: ids are unique.

    Implements `gateway.people.source.Directory`. Everything but a search is right at once after
    `swap`, and a search never shows anybody who is gone or as they were.
    """

    def __init__(self, accounts: Iterable[Account] = (), users: Iterable[User] = ()) -> None:
        people = Population(accounts, users)
        self._held = _Held(people, index_of(people), people)

    @classmethod
    def of(cls, people: Population, search: UserSearch | None = None) -> MemoryDirectory:
        """Make one of these people and their index."""
        made = cls.__new__(cls)
        made._held = _Held(people, index_of(people) if search is None else search, people)
        return made

    @property
    def people(self) -> Population:
        """Who is there now."""
        return self._held.people

    @property
    def index(self) -> UserSearch:
        """What a search looks into now."""
        return self._held.search

    @property
    def is_indexed(self) -> bool:
        """Whether a search finds people as they are now."""
        return self._held.indexed is self._held.people

    def swap(self, people: Population) -> None:
        """Let these people be there from now on; a search goes on in the index that there is."""
        self._held = self._held._replace(people=people)

    def swap_index(self, search: UserSearch, indexed: Population) -> None:
        """Let a search look into this index, which was made of `indexed`, from now on."""
        self._held = self._held._replace(search=search, indexed=indexed)

    def swap_both(self, other: MemoryDirectory) -> None:
        """Take over what another directory holds."""
        self._held = other._held

    def user(self, user_id: str) -> User | None:
        """Give a user, or None when there is none of this id."""
        return self._held.people.user(user_id)

    def account(self, account_id: str) -> Account | None:
        """Give an account, or None when there is none of this id."""
        return self._held.people.account(account_id)

    def house_contact(self, account_id: str) -> User | None:
        """Give the house contact of this very account, or None when it has none."""
        return self._held.people.house_contact(account_id)

    def accounts(self) -> Sequence[Account]:
        """List every account, in the source's order."""
        return self._held.people.accounts()

    def children(self, account_id: str) -> Sequence[Account]:
        """List the accounts right below this one, in the source's order."""
        return self._held.people.children(account_id)

    def ancestors(self, account_id: str) -> tuple[Account, ...]:
        """Give an account's parents, nearest first, up to the root; empty for an unknown id."""
        return self._held.people.lineage(account_id)[1:]

    def users_of(self, account_id: str) -> Sequence[User]:
        """List the users of this very account, in the source's order."""
        return self._held.people.users_of(account_id)

    def count_of(self, account_id: str) -> int:
        """Count the users of this very account."""
        return self._held.people.count_of(account_id)

    def search(
        self,
        text: str,
        limit: int,
        *,
        status: str = "",
        account: str = "",
        within: frozenset[str] | None = None,
    ) -> Found:
        """Find at most `limit` users, the best first."""
        people, search, indexed = self._held
        query = read_query(text, status, account)
        found = search.find(query, limit, within)
        if indexed is people:
            return found
        now = [people.user(user.id) for user in found.users]
        # Who is so new that the index does not know them.
        exactly = None if query.account or query.email else people.user(text.strip())
        if exactly is not None and exactly not in now:
            now.insert(0, exactly)
        users = [each for each in now if each is not None and _fits(each, query, within)]
        return Found(tuple(users[:limit]), found.more or len(users) > limit)

    def page(
        self,
        text: str,
        limit: int,
        *,
        after: str = "",
        status: str = "",
        account: str = "",
        within: frozenset[str] | None = None,
    ) -> FoundPage:
        """Find users page by page; who is so new that the index does not know them comes later."""
        people, search, indexed = self._held
        query = read_query(text, status, account)
        found = search.page(query, limit, after, within)
        if indexed is people:
            return found
        now = [people.user(user.id) for user in found.users]
        users = [each for each in now if each is not None and _fits(each, query, within)]
        return FoundPage(tuple(users), found.after)


def _fits(user: User, query: Query, within: frozenset[str] | None) -> bool:
    """Whether somebody, as they are now, is still of the status and the accounts asked for."""
    return user.status.startswith(query.status) and (within is None or user.account in within)
