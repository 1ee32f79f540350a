"""Whose users an operator finds: those whom it could concern, and nobody else's.

One's own people find everybody of a site: policies say for whom they act, and a refusal tells them
what would help. Whoever works for a customer or a partner is somebody from outside. They find the
users of the customer that they work for, of the accounts that approved their partner, and of those
that were made theirs, with what is below. Names and addresses of other customers are not for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from gateway.model import Account, Operator, Preferences
from gateway.people.preferences import PreferenceBook
from gateway.people.source import Directory
from gateway.site import Site

Accounts = frozenset[str] | None
"""Ids of accounts; None: all there are."""
_MOST: Final = 256
"""Answers that are remembered."""


class _Kept(NamedTuple):
    accounts: Sequence[Account]
    position: str
    found: frozenset[str]


class Reach:
    """Says it. Methods raise `StoreAway`.

    Args:
        preferences: which partners accounts approved.
    """

    def __init__(self, preferences: PreferenceBook) -> None:
        self._preferences = preferences
        self._kept: dict[tuple[object, ...], _Kept] = {}

    async def of(self, operator: Operator, site: Site) -> Accounts:
        """Give the accounts of a site whose users an operator finds.

        The same object as long as nothing on which it rests is other.
        """
        if is_own(operator):
            return None
        directory = site.directory
        accounts = directory.accounts()
        position = await self._preferences.position() if operator.partner else ""
        key = (site.name, operator.account, operator.partner, operator.accounts)
        kept = self._kept.get(key)
        if kept is not None and kept.accounts is accounts and kept.position == position:
            return kept.found
        given = (each for each in (operator.account, *operator.accounts) if each)
        found = _with_below(directory, given)
        if operator.partner:
            said = await self._preferences.all(site.name)
            found |= _approving(directory, operator.partner, said, site.preferences)
        if len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[key] = _Kept(accounts, position, found)
        return found

    async def reaches(self, operator: Operator, site: Site, account: str) -> bool:
        """Say whether an operator finds the users of this very account."""
        accounts = await self.of(operator, site)
        return accounts is None or account in accounts


def is_own(operator: Operator) -> bool:
    """Whether somebody is one of the people of those who run the app."""
    return not operator.account and not operator.partner


def _with_below(directory: Directory, accounts: Iterable[str]) -> frozenset[str]:
    found = set[str]()
    left = [each for each in accounts if directory.account(each) is not None]
    while left:
        account = left.pop()
        if account not in found:
            found.add(account)
            left.extend(child.id for child in directory.children(account))
    return frozenset(found)


def _approving(
    directory: Directory, partner: str, said: Mapping[str, Preferences], default: Preferences
) -> frozenset[str]:
    """Give the accounts in which a partner is approved; what one did not say it has from above."""
    found = set[str]()
    roots = [each.id for each in directory.accounts() if each.parent is None]
    left = [(each, default) for each in roots]
    while left:
        account, above = left.pop()
        prefers = said.get(account, above)
        if partner in prefers.partners:
            found.add(account)
        left.extend((child.id, prefers) for child in directory.children(account))
    return frozenset(found)
