"""What a directory source gives: the accounts and users of one site."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.model import Account, User


class Directory(Protocol):
    """A site's accounts and users, held in memory; ids are compared exactly."""

    def user(self, user_id: str) -> User | None:
        """Give a user, or None when there is none of this id."""
        ...

    def account(self, account_id: str) -> Account | None:
        """Give an account, or None when there is none of this id."""
        ...

    def accounts(self) -> Sequence[Account]:
        """List every account, in the source's order."""
        ...

    def ancestors(self, account_id: str) -> tuple[Account, ...]:
        """Give an account's parents, nearest first, up to the root; empty for an unknown id."""
        ...

    def users_of(self, account_id: str) -> Sequence[User]:
        """List the users of this very account, in the source's order."""
        ...

    def search(self, text: str, limit: int) -> Sequence[User]:
        """Find at most `limit` users in whose name, e-mail, id or account's name each word is."""
        ...
