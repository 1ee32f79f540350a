"""What became of requests, in numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Counts:
    """Requests since the start, by what became of them."""

    pass_through: int = 0
    governed: int = 0
    refused: int = 0
