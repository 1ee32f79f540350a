"""Lists of entries in a YAML file, read strictly: every fault at once, each with its line.

Values are taken as they are written: an id `007` stays `007`, a name `No` stays `No`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from gateway.people.entry import Entry
from gateway.yaml_file import Fault, Path, Value, parse, spell


class PeopleError(ValueError):
    """A file of people cannot be used; `faults` has every reason."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


class Document:
    """One file while it is read. Faults gather here; `finish` raises when there are any.

    Raises:
        PeopleError: it is not YAML at all.
    """

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._text = parse(text, file, as_written=True)
        self._faults = list(self._text.faults)
        self.root: Value = self._text.value
        if not self._text.lines:
            self.finish()

    def fault(self, path: Path, message: str, hint: str = "") -> None:
        """Note a fault at a place, on the line of the nearest that is there."""
        self._faults.append(Fault(self._file, self._text.line(path), spell(path), message, hint))

    def line(self, path: Path) -> int:
        """Give the line of a place, or of the nearest that is there."""
        return self._text.line(path)

    def finish(self) -> None:
        """Raise `PeopleError` when anything was wrong."""
        if self._faults:
            raise PeopleError(tuple(sorted(self._faults, key=lambda fault: fault.line)))

    def fields(self, value: Value, path: Path, known: tuple[str, ...]) -> Fields:
        """Read a mapping; unknown keys are faults."""
        if not isinstance(value, dict):
            self.fault(path, "must be a mapping of " + ", ".join(known))
            return Fields(self, path, {})
        for name in value:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]}?" if near else ""
                self.fault((*path, name), "there is no such key", hint)
        return Fields(self, path, value)

    def items(self, value: Value, path: Path) -> Iterator[tuple[Path, Value]]:
        """Yield path and value of each item of a list."""
        if not isinstance(value, list):
            self.fault(path, "must be a list")
            return
        for i, item in enumerate(value):
            yield (*path, i), item


class Fields(Entry):
    """The fields of the entry at `path`, read by name."""

    def __init__(self, document: Document, path: Path, found: Mapping[str, Value]) -> None:
        super().__init__(found)
        self._document = document
        self._path = path

    def fault(self, name: str, message: str) -> None:
        """Note a fault on the line of a field, or of the entry when the field is not there."""
        self._document.fault((*self._path, name), message)

    def members(self, name: str) -> Iterator[tuple[str, Path, Value]]:
        """Yield key, path and value of each member of an optional mapping."""
        value = self._found.get(name, {})
        if not isinstance(value, dict):
            self.fault(name, "must be a mapping")
            return
        for key, each in value.items():
            yield key, (*self._path, name, key), each

    def items(self, name: str) -> Iterator[tuple[Path, Value]]:
        """Yield path and value of each item of a required list."""
        if name in self._found:
            yield from self._document.items(self._found[name], (*self._path, name))
        else:
            self.fault(name, "is missing")
