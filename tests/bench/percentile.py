"""Percentiles of latencies."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil


def percentile(values: Sequence[float], percent: int) -> float:
    """The least of `values` that at least so many percent of them do not exceed (nearest rank).

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no values, so no percentile")
    return sorted(values)[max(ceil(len(values) * percent / 100), 1) - 1]
