"""Whose session it is, and who of an account wants to know. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.model import About, Operator, Preferences


def kinds_of(operator: Operator, profiles: Sequence[str]) -> frozenset[About]:
    """Say what an operator is to an account.

    Args:
        profiles: the operator's and what it is like.
    """
    kinds = set[About]()
    if "Support" in profiles:
        kinds.add("support")
    if "Account Admin" in profiles:
        kinds.add("own_admins")
    if operator.partner:
        kinds.add("partners")
    return frozenset(kinds or {"operators"})


def told(
    preferences: Preferences, kinds: frozenset[About], *, broke_glass: bool
) -> tuple[str, ...]:
    """The addresses that are told of a session; all of them when somebody broke the glass."""
    return tuple(
        each.to
        for each in preferences.notify
        if broke_glass or not each.about or kinds & set(each.about)
    )
