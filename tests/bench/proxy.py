"""A proxy that runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy that runs on this machine: its process, port, log, and what a client says to it."""

    pid: int
    port: int
    log: Path
    headers: Mapping[str, str] = field(default_factory=dict)

    def last_words(self) -> str:
        """The end of its log, for a text that says what went wrong."""
        said = self.log.read_text(errors="replace").strip().splitlines()[-5:]
        return "".join(f"\n    {line}" for line in ("Its log ends with:", *said)) if said else ""
