"""The wall clock."""

from __future__ import annotations

import time


def wall_clock() -> int:
    """Milliseconds since the Unix epoch."""
    return time.time_ns() // 1_000_000
