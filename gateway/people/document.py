"""Lists of entries in a YAML file, read strictly: every fault at once, each with its line.

Values are taken as they are written: an id `007` stays `007`, a name `No` stays `No`. Only what a
field calls for is ever read, so tags, anchors and merge keys have no meaning here.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterator, Mapping

import yaml

from gateway.model import Frozen

_LONGEST = 256


class Fault(Frozen, frozen=True, kw_only=True):
    """Something wrong in a file: `line` counts from 1, `key` is a path such as `users[3].email`."""

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}: {self.message}"


class PeopleError(ValueError):
    """A file of people cannot be used; `faults` has every reason."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


class Document:
    """One file while it is read. Faults gather here; `finish` raises when there are any."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._faults: list[Fault] = []
        self.root: yaml.Node | None = None
        try:
            self.root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            problem = getattr(error, "problem", None) or str(error)
            self._add(mark.line + 1 if mark else 1, "file", f"is not YAML: {problem}")
        except RecursionError:
            self._add(1, "file", "is nested too deeply")

    def fault(self, node: yaml.Node | None, key: str, message: str) -> None:
        """Note a fault at a node."""
        self._add(node.start_mark.line + 1 if node else 1, key, message)

    def _add(self, line: int, key: str, message: str) -> None:
        self._faults.append(Fault(file=self._file, line=line, key=key, message=message))

    def finish(self) -> None:
        """Raise `PeopleError` when anything was wrong."""
        if self._faults:
            raise PeopleError(tuple(sorted(self._faults, key=lambda fault: fault.line)))

    def fields(self, node: yaml.Node | None, key: str, known: tuple[str, ...]) -> Fields:
        """Read a mapping; keys that are unknown or written twice are faults."""
        found: dict[str, yaml.Node] = {}
        if not isinstance(node, yaml.MappingNode):
            self.fault(node, key, "must be a mapping of " + ", ".join(known))
            return Fields(self, node, key, {})
        for name_node, value in node.value:
            name = str(name_node.value)
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                self.fault(name_node, key, f"unknown key {name!r}{hint}")
            elif name in found:
                self.fault(name_node, key, f"{name!r} is written twice")
            else:
                found[name] = value
        return Fields(self, node, key, found)

    def items(self, node: yaml.Node | None, key: str) -> Iterator[tuple[str, yaml.Node]]:
        """Yield (key, node) of each item of a list."""
        if not isinstance(node, yaml.SequenceNode):
            self.fault(node, key, "must be a list")
            return
        for i, item in enumerate(node.value):
            yield f"{key}[{i}]", item


class Fields:
    """The fields of one entry, read by name; `node` is where the entry stands."""

    def __init__(
        self, document: Document, node: yaml.Node | None, key: str, found: Mapping[str, yaml.Node]
    ) -> None:
        self._document = document
        self._found = found
        self.node = node
        self.key = key

    def fault(self, name: str, message: str) -> None:
        """Note a fault at a field, or at the entry when the field is not there."""
        self._document.fault(self._found.get(name, self.node), f"{self.key}.{name}", message)

    def items(self, name: str) -> Iterator[tuple[str, yaml.Node]]:
        """Yield (key, node) of each item of a required list of the file's own."""
        if name in self._found:
            yield from self._document.items(self._found[name], name)
        else:
            self._document.fault(self.node, name, "is missing")

    def text(self, name: str) -> str:
        """Read a required text of visible characters; "" and a fault when it is not there."""
        value = self.optional_text(name)
        if value is None:
            self.fault(name, "is missing")
        return value or ""

    def optional_text(self, name: str) -> str | None:
        """Read a text, or None when it is not there or null."""
        node = self._found.get(name)
        return None if node is None or _is_null(node) else self._text_of(name, node)

    def texts(self, name: str) -> tuple[str, ...]:
        """Read an optional list of texts."""
        node = self._found.get(name)
        if node is None or _is_null(node):
            return ()
        items = self._document.items(node, f"{self.key}.{name}")
        return tuple(self._text_of(name, item) for _, item in items)

    def flag(self, name: str) -> bool:
        """Read an optional `true` or `false`; false when it is not there."""
        node = self._found.get(name)
        if node is None:
            return False
        if not isinstance(node, yaml.ScalarNode) or node.value not in ("true", "false"):
            self.fault(name, "must be true or false")
            return False
        return str(node.value) == "true"

    def _text_of(self, name: str, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode) or _is_null(node):
            self.fault(name, "must be text")
            return ""
        value = str(node.value)
        if not value or value != value.strip() or len(value) > _LONGEST:
            self.fault(name, f"must have 1 to {_LONGEST} characters and no space at its ends")
        elif any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in value):
            self.fault(name, "must not contain control characters")
        return value


def _is_null(node: yaml.Node) -> bool:
    return str(node.tag) == "tag:yaml.org,2002:null"
