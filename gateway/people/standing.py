"""How accounts stand: who owns them, and which preferences are in force in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gateway.model import Account, Operator, Preferences
from gateway.policy.rights.facts import Standing


def owned_by(operators: Iterable[Operator]) -> frozenset[str]:
    """Give the ids of all accounts that somebody owns."""
    return frozenset(account for each in operators for account in each.accounts)


def lineage_of(
    account: Account | None,
    ancestors: Sequence[Account],
    owned: frozenset[str],
    preferences: Mapping[str, Preferences],
    default: Preferences,
) -> tuple[Standing, ...]:
    """Give an account and its parents as they stand, nearest first; empty for no account.

    Args:
        account: None when the directory does not have it.
        ancestors: its parents, nearest first.
        owned: the accounts that somebody owns.
        preferences: what accounts said, by id; what one did not say it has from the next above.
        default: what those have above which nobody said anything.
    """
    standings: list[Standing] = []
    assigned, prefers = False, default
    for each in reversed(() if account is None else (account, *ancestors)):
        assigned = assigned or each.id in owned
        prefers = preferences.get(each.id, prefers)
        standings.append(Standing(account=each, assigned=assigned, preferences=prefers))
    return tuple(reversed(standings))
