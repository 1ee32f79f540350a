"""For how long a session starts: as long as its profile lets it, or shorter where asked for."""

from __future__ import annotations

from typing import Final

from gateway.model import Deny
from gateway.policy.rights.profiles import Profile

_CHOICES: Final = (5, 15, 30, 60, 120, 240, 480)
_MINUTE: Final = 60_000
RULE: Final = "start.length"


def lifetime_of(profile: Profile, minutes: int | None) -> int:
    """Give how long a session lasts for which `refusal` has nothing to say, in milliseconds."""
    return profile.lifetime_ms if minutes is None else minutes * _MINUTE


def choices(profile: Profile) -> tuple[int, ...]:
    """Give lengths to choose from, in minutes, the shortest first; the last is the longest."""
    most = profile.lifetime_ms // _MINUTE
    return (*(each for each in _CHOICES if each < most), most) if most else ()


def refusal(profile: Profile, minutes: int | None) -> Deny | None:
    """Refuse what is no length, or a longer one than the profile starts with."""
    if minutes is None or (minutes >= 1 and minutes * _MINUTE <= profile.lifetime_ms):
        return None
    most = profile.lifetime_ms // _MINUTE
    if minutes < 1:
        detail, advice = "A session lasts one minute at least.", "Choose a whole number of minutes."
    else:
        detail = f"A session of a {profile.name} starts for {most} minutes at most."
        advice = "Choose a shorter one: it can be extended while it lives."
    return Deny(
        code="bad_length",
        rule=RULE,
        status=422,
        title="This session cannot start",
        detail=detail,
        advice=advice,
    )
