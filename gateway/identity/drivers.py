"""The table of identity drivers: which settings each one takes.

A new driver is a file beside `headers.py` and a line in `DRIVERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from gateway.identity.headers import HeaderDriver, HeaderSettings
from gateway.identity.jwt import JwtDriver, JwtSettings
from gateway.identity.keys import KeyRing
from gateway.middleware.names import fold
from gateway.model import Frozen

if TYPE_CHECKING:
    from gateway.site import IdentityDriver


DRIVERS: Final[dict[type[Frozen], Callable[[Any, Callable[[], KeyRing]], IdentityDriver]]] = {
    HeaderSettings: lambda settings, _: HeaderDriver(settings),
    JwtSettings: JwtDriver,
}


def build_drivers(
    settings: Iterable[HeaderSettings | JwtSettings], ring: Callable[[], KeyRing]
) -> tuple[IdentityDriver, ...]:
    """Build a site's drivers; `ring` gives the signing keys as they are now.

    Raises:
        ValueError: a driver's settings cannot work, or two drivers set the same header.
    """
    drivers = tuple(DRIVERS[type(each)](each, ring) for each in settings)
    seen: set[bytes] = set()
    for name in (name for driver in drivers for name in driver.managed):
        if fold(name.encode()) in seen:
            raise ValueError(f"header {name} is set by two identity drivers")
        seen.add(fold(name.encode()))
    return drivers
