"""Operators who are users of a site's app: a group of its directory says so.

They sign in under their user's id, by a token or a trusted header. Whoever is kept as an operator,
in the file or in the store, is that operator, and nobody by a group beside. Of two users of an id,
in two directories, nobody can tell which one signs in: neither may.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from typing import NamedTuple

from gateway.model import Operator, User
from gateway.people.source import Directory


class Groups(NamedTuple):
    """A site's directory, and the profiles of those who are in some of its groups: the first fits.

    `profiles`: pairs of a group and its profile.
    """

    directory: Directory
    profiles: Sequence[tuple[str, str]]


class GroupOperators:
    """All of them, as the directories are at the moment.

    They are gathered anew when a directory has other people, by whoever asks first: some tens of
    milliseconds for 100,000 users.
    """

    def __init__(self, sites: Sequence[Groups]) -> None:
        self._sites = sites
        self._of: tuple[object, ...] | None = None
        self._found: dict[str, Operator] = {}
        self._names: frozenset[str] = frozenset()
        self._version = 0

    def get(self, operator_id: str) -> Operator | None:
        """Give one, or None when nobody of this id is one."""
        self._gather()
        return self._found.get(operator_id)

    def __iter__(self) -> Iterator[Operator]:
        self._gather()
        return iter(self._found.values())

    @property
    def names(self) -> Set[str]:
        """Ids and e-mail addresses, in no case, also of those who could be somebody else."""
        self._gather()
        return self._names

    @property
    def version(self) -> int:
        """Count how often the directories had other people."""
        self._gather()
        return self._version

    def _gather(self) -> None:
        now = tuple(each.directory.people for each in self._sites)
        if self._of is not None and all(a is b for a, b in zip(now, self._of, strict=True)):
            return
        listed = list(dict.fromkeys(one for each in self._sites for one in _operators(each)))
        ids = Counter(each.id.casefold() for each in listed)
        mails = Counter(each.email.casefold() for each in listed)
        self._found = {
            each.id: each
            for each in listed
            if ids[each.id.casefold()] == 1 == mails[each.email.casefold()]
        }
        self._names, self._of = frozenset((*ids, *mails)), now
        self._version += 1


def _operators(site: Groups) -> Iterator[Operator]:
    for user in site.directory.people:
        profile = _profile(user, site.profiles)
        if profile is not None:
            yield Operator(
                id=user.id,
                name=user.name,
                email=user.email,
                profile=profile,
                account=user.account,
            )


def _profile(user: User, profiles: Sequence[tuple[str, str]]) -> str | None:
    if user.status != "active" or user.house_contact or not user.groups:
        return None
    return next((profile for group, profile in profiles if group in user.groups), None)
