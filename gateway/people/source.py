"""What a directory source gives: the accounts and users of one site."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from gateway.model import Account, User


class Found(NamedTuple):
    """What a search gives: the best first, and whether there are more."""

    users: tuple[User, ...]
    more: bool


class FoundPage(NamedTuple):
    """A page of a search: the best first, and behind which to go on; empty at the end."""

    users: tuple[User, ...]
    after: str = ""


class Directory(Protocol):
    """A site's accounts and users, held in memory; ids are compared exactly."""

    @property
    def people(self) -> Iterable[User]:
        """Everybody; another object as soon as anybody is other."""
        ...

    def user(self, user_id: str) -> User | None:
        """Give a user, or None when there is none of this id."""
        ...

    def account(self, account_id: str) -> Account | None:
        """Give an account, or None when there is none of this id."""
        ...

    def house_contact(self, account_id: str) -> User | None:
        """Give the house contact of this very account, or None when it has none."""
        ...

    def accounts(self) -> Sequence[Account]:
        """List every account, in the source's order; the same object until one of them is other."""
        ...

    def children(self, account_id: str) -> Sequence[Account]:
        """List the accounts right below this one, in the source's order."""
        ...

    def ancestors(self, account_id: str) -> tuple[Account, ...]:
        """Give an account's parents, nearest first, up to the root; empty for an unknown id."""
        ...

    def users_of(self, account_id: str) -> Sequence[User]:
        """List the users of this very account, in the source's order."""
        ...

    def count_of(self, account_id: str) -> int:
        """Count the users of this very account."""
        ...

    def search(
        self,
        text: str,
        limit: int,
        *,
        status: str = "",
        account: str = "",
        within: frozenset[str] | None = None,
    ) -> Found:
        """Find at most `limit` users, the best first, as `gateway.people.search` does.

        Args:
            text: words, and filters such as `status:invited`, as somebody types them.
            limit: the most to give.
            status: only users of this status.
            account: only users of the account of this id, or of accounts named so, and below.
            within: only users of these very accounts, by id; None: of all.
        """
        ...

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
        """Find as `search` does, page by page; who fits equally well goes by name.

        Args:
            after: of the page before; empty for the first.

        Raises:
            ClientError: `bad_fields`, `after` is of no page.
        """
        ...
