"""YAML text to plain values, with the line of every key and item.

Reads YAML 1.2's core types only: `no`, `on`, `010`, `1:30` and dates stay the text they look like.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from gateway.config.faults import Fault, Path

Value = Any
"""What YAML can say: None, bool, int, float, str, and lists and mappings of these."""


class _Loader(yaml.SafeLoader):
    """Composes nodes; the implicit types are YAML 1.2's."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML's own declaration, replaced not changed


_CORE = (
    ("null", r"(?:~|null|Null|NULL|)", ["~", "n", "N", ""]),
    ("bool", r"(?:true|True|TRUE|false|False|FALSE)", list("tTfF")),
    ("int", r"[-+]?[0-9]{1,18}", list("-+0123456789")),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", list("-+.0123456789")),
)
for _name, _form, _first in _CORE:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(f"{_form}$"), _first)

_SCALARS: dict[str, Callable[[str], Value]] = {
    "tag:yaml.org,2002:null": lambda text: None,
    "tag:yaml.org,2002:bool": lambda text: text.lower() == "true",
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:float": float,
    "tag:yaml.org,2002:str": str,
}
_TAGS = {*_SCALARS, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}


@dataclass(frozen=True, slots=True)
class Text:
    """What a YAML text says: its value, the line of each path, and what is wrong with it."""

    value: Value
    lines: Mapping[Path, int]
    faults: tuple[Fault, ...] = ()


def parse(text: str, source: str) -> Text:
    """Read one YAML document; an empty one is an empty mapping."""
    try:
        node = yaml.compose(text, _Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        said = ", ".join(filter(None, (error.context, error.problem)))
        return Text({}, {}, (Fault(source, line, "", f"this is not YAML: {said}"),))
    except yaml.YAMLError as error:
        return Text({}, {}, (Fault(source, 0, "", f"this is not YAML: {error}"),))
    if node is None:
        return Text({}, {(): 1})
    lines: dict[Path, int] = {}
    faults: list[Fault] = []
    value = _read(node, (), _Sink(source, lines, faults), ())
    return Text(value, lines, tuple(faults))


@dataclass(frozen=True, slots=True)
class _Sink:
    source: str
    lines: dict[Path, int]
    faults: list[Fault]

    def fault(self, node: yaml.Node, key: str, message: str) -> None:
        self.faults.append(Fault(self.source, node.start_mark.line + 1, key, message))


def _read(node: yaml.Node, path: Path, sink: _Sink, above: tuple[yaml.Node, ...]) -> Value:
    sink.lines.setdefault(path, node.start_mark.line + 1)
    if node in above:
        sink.fault(node, "", "an alias stands inside what it stands for")
        return None
    if node.tag not in _TAGS:
        sink.fault(node, "", f"the tag {node.tag} is not read here")
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
            sink.fault(name, "", "a key is a plain word")
        elif name.value in seen:
            sink.fault(name, str(name.value), "this key is there twice")
        else:
            seen.add(name.value)
            sink.lines[(*path, name.value)] = name.start_mark.line + 1
            yield name.value, value
