"""What is done to the gateways, and when: drawn from a seed, the same each time. Pure."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

GATEWAYS = 2
WORKERS = 2
FREEZE_OF_ALL = 36.0
"""Seconds after which the other gateway has taken a frozen one for dead."""
_ROOM_FOR_IT = 100.0
"""Seconds that a plan must have for that."""

_ACTS: tuple[tuple[str, tuple[str, ...], float, float, int], ...] = (
    # what, to which, seconds from, to, how often beside the others
    ("kill", ("worker",), 0, 0, 4),
    ("freeze", ("worker",), 0.2, 5, 3),
    ("kill", ("gateway",), 0, 2, 2),
    ("stop", ("gateway",), 0, 1, 1),
    ("kill", ("store",), 0, 2, 3),
    ("freeze", ("store",), 0.2, 4, 3),
    ("kill", ("app",), 0, 1.5, 2),
    ("freeze", ("app",), 0.2, 3, 2),
    ("cut", ("to store", "to app"), 0, 0, 4),
    ("tear", ("to store", "to app"), 0.1, 1, 4),
    ("delay", ("to store", "to app"), 0.5, 3, 2),
    ("stall", ("to store", "to app"), 0.5, 4, 3),
    ("lose", ("to store", "to app"), 0.5, 6, 3),
)


class Act(NamedTuple):
    """One thing that is done. `number`: of the gateway, `part`: of its worker."""

    at: float
    what: str
    whom: str
    seconds: float
    number: int
    part: int

    def __str__(self) -> str:
        return f"{self.at:6.1f} s  {self.what} {self.whom} {self.number}  for {self.seconds:.1f} s"


def plan(seed: str, seconds: float) -> list[Act]:
    """Draw acts for so many seconds; where there is room, each kind comes at least once."""
    random = Random(f"{seed} plan")
    weights = [weight for *_, weight in _ACTS]
    acts: list[Act] = []
    coming = random.sample(_ACTS, len(_ACTS))
    at = random.uniform(1, 2)
    while at < seconds:
        what, whom, least, most, _ = coming.pop() if coming else random.choices(_ACTS, weights)[0]
        acts.append(
            Act(
                round(at, 2),
                what,
                random.choice(whom),
                round(random.uniform(least, most), 2),
                random.randrange(GATEWAYS),
                random.randrange(WORKERS),
            )
        )
        at += random.uniform(0.2, 2.0)
    if seconds >= _ROOM_FOR_IT:
        begins = round(random.uniform(10, seconds - FREEZE_OF_ALL - 20), 2)
        acts.append(Act(begins, "freeze", "gateway", FREEZE_OF_ALL, random.randrange(GATEWAYS), 0))
    return sorted(acts)
