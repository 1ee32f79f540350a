"""What is wrong with a config, said so that its writer finds the place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Path = tuple[str | int, ...]
"""Where a value stands: keys of mappings and indices of lists, from the root."""


def spell(path: Path) -> str:
    """Write a path as people do: `sites[0].upstream.url`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend.

    `source` is the file, or the name of the environment variable; `line` counts from 1, and is 0
    when there is none. `key` is spelt as by `spell`. No fault quotes a value that may be secret.
    """

    source: str
    line: int
    key: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.source}:{self.line}" if self.line else self.source
        key = f" {self.key}:" if self.key else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}:{key} {self.message}{hint}"


class ConfigError(Exception):
    """The config cannot be used; `faults` holds all that is wrong with it, in the file's order."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)
