"""Profiles: the names under which operators have permissions, and what each may at most."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Final

from gateway.model import Frozen
from gateway.policy.rights.hours import Hours

SHIPPED: Final = (
    "Administrator",
    "Super Admin",
    "Super Manager",
    "Support",
    "Customer Success Manager",
    "Developer",
    "Account Admin",
    "Power User",
    "Partner Admin",
)
"""The profiles that ready policies speak of. Nobody is in one but those who are put there."""


class Profile(Frozen, frozen=True, kw_only=True):
    """A profile: what it is `like`, and its caps in milliseconds.

    `longest_ms`: of a session that is extended; `elevation_ms`: of changing things in one that is
    look-only.

    `hours`: when its operators work; `networks`: from where. None where nothing was said of it, and
    then no policy about working hours or networks lets them act.
    """

    name: str
    like: str | None = None
    lifetime_ms: int
    idle_ms: int
    longest_ms: int = 0
    elevation_ms: int = 0
    hours: Hours | None = None
    networks: tuple[str, ...] | None = None

    def at_work(self, now_ms: int) -> bool:
        """Whether this is within the working hours."""
        return self.hours is not None and self.hours.open_at(now_ms)

    def knows(self, address: str) -> bool:
        """Whether an address is in the networks; one that is none is not."""
        if self.networks is None:
            return False
        try:
            here = ipaddress.ip_address(address)
        except ValueError:
            return False
        if isinstance(here, ipaddress.IPv6Address) and here.ipv4_mapped is not None:
            here = here.ipv4_mapped
        return any(here in ipaddress.ip_network(each) for each in self.networks)


class Profiles:
    """Every profile by name.

    Args:
        profiles: the shipped and the config's own; what each is like is among them.

    Raises:
        ValueError: one is there twice, is like nothing that is there, or like itself in the end.
    """

    def __init__(self, profiles: Iterable[Profile]) -> None:
        self._by_name: dict[str, Profile] = {}
        for profile in profiles:
            if profile.name in self._by_name:
                raise ValueError(f"the profile {profile.name!r} is there twice")
            self._by_name[profile.name] = profile
        self._chains = {name: self._chain(name) for name in self._by_name}

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in order."""
        return tuple(self._by_name)

    def __getitem__(self, name: str) -> Profile:
        """Give a profile; one that there is not allows nothing: its sessions last no time."""
        return self._by_name.get(name) or Profile(name=name, lifetime_ms=0, idle_ms=0)

    def chain(self, name: str) -> tuple[str, ...]:
        """Give a profile's own name and those that it is like; empty for an unknown one."""
        return self._chains.get(name, ())

    def _chain(self, name: str) -> tuple[str, ...]:
        chain: list[str] = []
        at: str | None = name
        while at is not None:
            profile = self._by_name.get(at)
            if profile is None:
                raise ValueError(f"the profile {chain[-1]!r} is like {at!r}, which there is not")
            if at in chain:
                raise ValueError(f"the profile {name!r} is like itself: {' -> '.join(chain)}")
            chain.append(at)
            at = profile.like
        return tuple(chain)
