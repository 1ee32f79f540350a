"""One measured figure, beside the bound that it has to keep."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured for one target (by number), and whether it is good enough.

    `values` are the rounds' measurements; the median counts. `bound` is None where a figure is
    there only to be compared with. `at_least`: more is better.
    """

    target: int
    name: str
    values: tuple[float, ...]
    unit: str
    bound: float | None = None
    at_least: bool = False

    @property
    def median(self) -> float:
        """The middle of the rounds' measurements."""
        ordered = sorted(self.values)
        middle = len(ordered) // 2
        return ordered[middle] if len(ordered) % 2 else sum(ordered[middle - 1 : middle + 1]) / 2

    @property
    def holds(self) -> bool | None:
        """Whether the median keeps the bound; None without one."""
        if self.bound is None:
            return None
        return self.median >= self.bound if self.at_least else self.median <= self.bound
