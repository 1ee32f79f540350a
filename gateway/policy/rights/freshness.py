"""Whether a sign-in counts as fresh (step-up, RFC 9470)."""

from __future__ import annotations

from typing import Final

LEEWAY_MS: Final = 30_000
"""How far the clock of who signs operators in may be ahead of ours."""


def is_fresh(signed_in_at: int, now_ms: int, fresh_for_ms: int) -> bool:
    """Say whether somebody proved who they are just now; not where it is not known when (0)."""
    age = now_ms - signed_in_at
    return signed_in_at > 0 and -LEEWAY_MS <= age <= fresh_for_ms
