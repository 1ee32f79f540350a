"""A directory held in memory: what every source that reads a whole list ends in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gateway.model import Account, User
from gateway.people.search.query import read_query
from gateway.people.search.users import UserSearch
from gateway.people.source import Found


class MemoryDirectory:
    """Accounts and users, indexed once. The source has checked them: ids are unique, parents exist.

    Implements `gateway.people.source.Directory`.
    """

    def __init__(self, accounts: Iterable[Account], users: Iterable[User]) -> None:
        self._accounts = {account.id: account for account in accounts}
        self._users = {user.id: user for user in users}
        self._people = tuple(self._users.values())
        self._by_account: dict[str, list[User]] = {}
        for user in self._users.values():
            self._by_account.setdefault(user.account, []).append(user)
        self._search = UserSearch(self._users.values(), self._lineage)

    @property
    def people(self) -> Iterable[User]:
        """Everybody."""
        return self._people

    def user(self, user_id: str) -> User | None:
        """Give a user, or None when there is none of this id."""
        return self._users.get(user_id)

    def account(self, account_id: str) -> Account | None:
        """Give an account, or None when there is none of this id."""
        return self._accounts.get(account_id)

    def accounts(self) -> Sequence[Account]:
        """List every account, in the source's order."""
        return tuple(self._accounts.values())

    def ancestors(self, account_id: str) -> tuple[Account, ...]:
        """Give an account's parents, nearest first, up to the root; empty for an unknown id."""
        found: list[Account] = []
        account = self._accounts.get(account_id)
        while account is not None and account.parent is not None:
            account = self._accounts[account.parent]
            found.append(account)
        return tuple(found)

    def users_of(self, account_id: str) -> Sequence[User]:
        """List the users of this very account, in the source's order."""
        return tuple(self._by_account.get(account_id, ()))

    def search(self, text: str, limit: int, *, status: str = "", account: str = "") -> Found:
        """Find at most `limit` users, the best first."""
        return self._search.find(read_query(text, status, account), limit)

    def _lineage(self, account_id: str) -> tuple[Account, ...]:
        return (self._accounts[account_id], *self.ancestors(account_id))
