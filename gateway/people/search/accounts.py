"""Search among the accounts of a site, in the manner of that among its users."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from gateway.model import Account, User
from gateway.people.search.users import UserSearch


def index_of_accounts(accounts: Sequence[Account]) -> UserSearch:
    """Index accounts by id and words of their names: each as a user of itself, of the same id.

    What a filter `account:` finds are an account of this very id and all below it.
    """
    nameless = {each.id: replace(each, name="") for each in accounts}

    def lineage(account: str) -> Sequence[Account]:
        found = [nameless[account]]
        while (parent := found[-1].parent) is not None:
            found.append(nameless[parent])
        return found

    return UserSearch(map(_as_user, accounts), lineage)


def _as_user(account: Account) -> User:
    return User(id=account.id, name=account.name, email="", account=account.id)
