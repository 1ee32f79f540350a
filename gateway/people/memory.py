"""A directory held in memory: what every source that reads a whole list ends in."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, islice

from gateway.model import Account, User


class MemoryDirectory:
    """Accounts and users, indexed once. The source has checked them: ids are unique, parents exist.

    Implements `gateway.people.source.Directory`.
    """

    def __init__(self, accounts: Iterable[Account], users: Iterable[User]) -> None:
        self._accounts = {account.id: account for account in accounts}
        self._users = {user.id: user for user in users}
        self._by_account: dict[str, list[User]] = {}
        for user in self._users.values():
            self._by_account.setdefault(user.account, []).append(user)
        # One text for all, in which a word is found without a look at each user.
        self._in_order = tuple(self._users.values())
        said = [self._words_of(user) for user in self._in_order]
        self._starts = array("Q", accumulate((len(each) for each in said), initial=0))
        self._text = "".join(said)

    def _words_of(self, user: User) -> str:
        account = self._accounts[user.account]
        return f"{user.name}\n{user.email}\n{user.id}\n{account.name}\n".casefold()

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

    def search(self, text: str, limit: int) -> Sequence[User]:
        """Find at most `limit` users in whose name, e-mail, id or account's name each word is."""
        words = sorted(set(text.casefold().split()), key=len, reverse=True)  # the rarest first
        if not words:
            return self._in_order[:limit]
        if not all(word in self._text for word in words):
            return ()
        return tuple(islice(self._having(words[0], words[1:]), limit))

    def _having(self, word: str, others: Sequence[str]) -> Iterator[User]:
        """Give the users of whom a word is said, and the others too."""
        at = self._text.find(word)
        while at >= 0:
            number = bisect_right(self._starts, at) - 1
            start, end = self._starts[number : number + 2]
            if all(self._text.find(other, start, end) >= 0 for other in others):
                yield self._in_order[number]
            at = self._text.find(word, end)
