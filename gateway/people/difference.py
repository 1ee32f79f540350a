"""What is new when a directory comes again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, NamedTuple, TypeVar

from gateway.model import Account, User

T = TypeVar("T", Account, User)


class Difference(NamedTuple, Generic[T]):
    """Accounts or users that were not there, that were otherwise, and that are there no more.

    `changed` has each as it was and as it is. What stayed as it was is only counted.
    """

    added: tuple[T, ...]
    changed: tuple[tuple[T, T], ...]
    gone: tuple[T, ...]
    unchanged: int


def difference(before: Mapping[str, T], after: Mapping[str, T]) -> Difference[T]:
    """Compare accounts, or users, by their ids; each list is in the order of its side."""
    both = [(before[each.id], each) for each in after.values() if each.id in before]
    changed = tuple((old, new) for old, new in both if old != new)
    return Difference(
        added=tuple(each for each in after.values() if each.id not in before),
        changed=changed,
        gone=tuple(each for each in before.values() if each.id not in after),
        unchanged=len(both) - len(changed),
    )
