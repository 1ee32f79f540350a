"""YAML text to plain values, with the line of every key and item, and faults that name them.

Reads YAML 1.2's core types only: `no`, `on`, `010`, `1:30` and dates stay the text they look like.
Merge keys and tags of programs mean nothing here; a key that is written twice is a fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

Value = Any
"""What YAML can say: None, bool, int, float, str, and lists and mappings of these."""

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


@dataclass(frozen=True, slots=True)
class Text:
    """What a YAML text says: its value, the line of each path, and what is wrong with it.

    There are no lines when it is not YAML at all.
    """

    value: Value
    lines: Mapping[Path, int]
    faults: tuple[Fault, ...] = ()

    def line(self, path: Path) -> int:
        """Give the line of a place, or of the nearest above it that is there; 0 without any."""
        return next((self.lines[up] for up in upwards(path) if up in self.lines), 0)


def upwards(path: Path) -> Iterator[Path]:
    """Give a place and all above it, up to the root."""
    for length in range(len(path), -1, -1):
        yield path[:length]


class _Texts(yaml.SafeLoader):
    """Composes nodes; a plain scalar is null or text."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML's own declaration, replaced not changed


class _Core(_Texts):
    """Composes nodes; the implicit types are YAML 1.2's."""


_CORE = (
    ("null", r"(?:~|null|Null|NULL|)", ["~", "n", "N", ""]),
    ("bool", r"(?:true|True|TRUE|false|False|FALSE)", list("tTfF")),
    ("int", r"[-+]?[0-9]{1,18}", list("-+0123456789")),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", list("-+.0123456789")),
)
for _name, _form, _first in _CORE:
    for _loader in (_Texts, _Core) if _name == "null" else (_Core,):
        _loader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(f"{_form}$"), _first)

_SCALARS: dict[str, Callable[[str], Value]] = {
    "tag:yaml.org,2002:null": lambda text: None,
    "tag:yaml.org,2002:bool": lambda text: text.lower() == "true",
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:float": float,
    "tag:yaml.org,2002:str": str,
}
_TAGS = {*_SCALARS, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}


_FEW = 10_000


class _TooManyError(Exception):
    """More values than anybody wrote."""


def parse(text: str, source: str, *, as_written: bool = False) -> Text:
    """Read one YAML document; an empty one is an empty mapping.

    Args:
        text: the document.
        source: its name in faults.
        as_written: numbers, `true` and `false` stay text too: an id `007` is `"007"`.
    """
    lines: dict[Path, int] = {}
    faults: list[Fault] = []
    try:
        node = yaml.compose(text, _Texts if as_written else _Core)
        if node is None:
            return Text({}, {(): 1})
        value = _read(node, (), _Sink(source, lines, faults, _FEW + 2 * len(text)), ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = ", ".join(filter(None, (error.context, error.problem)))
        return _unreadable(source, mark.line + 1 if mark else 0, f"this is not YAML: {said}")
    except yaml.YAMLError as error:
        return _unreadable(source, 0, f"this is not YAML: {error}")
    except RecursionError:
        return _unreadable(source, 0, "this is nested too deeply")
    except _TooManyError:
        return _unreadable(source, 0, "aliases stand for too many values")
    return Text(value, lines, tuple(faults))


def _unreadable(source: str, line: int, message: str) -> Text:
    return Text({}, {}, (Fault(source, line, "", message),))


@dataclass(frozen=True, slots=True)
class _Sink:
    source: str
    lines: dict[Path, int]
    faults: list[Fault]
    most: int

    def fault(self, node: yaml.Node, path: Path, message: str) -> None:
        self.faults.append(Fault(self.source, node.start_mark.line + 1, spell(path), message))


def _read(node: yaml.Node, path: Path, sink: _Sink, above: tuple[yaml.Node, ...]) -> Value:
    sink.lines.setdefault(path, node.start_mark.line + 1)
    if len(sink.lines) > sink.most:  # who wrote each of them out has fewer
        raise _TooManyError
    if node in above:
        sink.fault(node, path, "an alias stands inside what it stands for")
        return None
    if node.tag not in _TAGS:
        sink.fault(node, path, f"the tag {node.tag} is not read here")
        return None
    above = (*above, node)
    if isinstance(node, yaml.MappingNode):
        return {
            key: _read(value, (*path, key), sink, above)
            for key, value in _entries(node, path, sink)
        }
    if isinstance(node, yaml.SequenceNode):
        return [_read(item, (*path, i), sink, above) for i, item in enumerate(node.value)]
    return _SCALARS[node.tag](node.value)


def _entries(node: yaml.MappingNode, path: Path, sink: _Sink) -> Iterator[tuple[str, yaml.Node]]:
    seen: set[str] = set()
    for name, value in node.value:
        if not isinstance(name, yaml.ScalarNode):
            sink.fault(name, path, "a key is a plain word")
        elif name.value in seen:
            sink.fault(name, (*path, name.value), "this key is there twice")
        else:
            seen.add(name.value)
            sink.lines[(*path, name.value)] = name.start_mark.line + 1
            yield name.value, value
