"""What was wrong with the lines of CSV files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from gateway.yaml_file import Fault

MOST_FAULTS: Final = 10_000
"""Further ones are counted only."""


@dataclass(slots=True)
class Report:
    """What came of the lines, as far as they have been read.

    `read` are the lines with a user or an account, the headers not among them; `good` those that
    can be used. The `key` of a fault is a column, or empty when it is about the whole line; of a
    line there may be several. `ignored` are columns that nobody knows, by their file.
    """

    read: int = 0
    good: int = 0
    faults: list[Fault] = field(default_factory=list)
    unlisted: int = 0
    ignored: list[tuple[str, str]] = field(default_factory=list)

    @property
    def bad(self) -> int:
        """How many lines cannot be used."""
        return self.read - self.good

    def fault(self, file: str, line: int, column: str, message: str) -> None:
        """Note what is wrong with a line."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(file, line, column, message))
        else:
            self.unlisted += 1
