"""JSONPath (RFC 9535) compiled into a finder of the places to hide.

`jsonpath-rfc9535` parses; it evaluates ten times slower than a body's own decoding, so the walking
is ours. Supported are names, indexes, slices, wildcards, unions and descendants. Filters are
refused: a rule that hides depending on a value shows what it hides by hiding it. `$` alone is
refused too: it hides the whole document, and that is a request rule's task.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import jsonpath_rfc9535
from jsonpath_rfc9535.segments import JSONPathRecursiveDescentSegment
from jsonpath_rfc9535.selectors import (
    IndexSelector,
    JSONPathSelector,
    NameSelector,
    SliceSelector,
    WildcardSelector,
)
from msgspec.json import encode

Container = dict[str, Any] | list[Any]
Place = tuple[Any, Any]
"""A container, and a key or index that it holds."""
Finder = Callable[[Any], list[Place]]
Step = Callable[[list[Any]], list[Place]]

_ESCAPABLE = frozenset('"\\/').union(map(chr, range(0x20)))


def compile_path(path: str) -> tuple[Finder, tuple[bytes, ...] | None]:
    """Compile one JSONPath.

    Returns:
        A finder of every (container, key) that the path selects in a decoded document, each once;
        and byte strings one of which is in any JSON text, free of backslash-u, that the path
        selects something in. None when no such strings exist.

    Raises:
        ValueError: the path is malformed, or uses what is not supported.
    """
    try:
        query = jsonpath_rfc9535.compile(path)
    except jsonpath_rfc9535.JSONPathError as fault:
        raise ValueError(f"{path!r} is not a JSONPath: {fault}") from fault
    if not query.segments:
        raise ValueError(f"{path!r} selects the whole document: block it with a request rule")
    steps: list[Step] = []
    needles: tuple[bytes, ...] | None = None
    for segment in query.segments:
        choose = _union([_choice(selector, path) for selector in segment.selectors])
        deep = isinstance(segment, JSONPathRecursiveDescentSegment)
        steps.append(_descending(choose) if deep else choose)
        needles = _needles(segment.selectors) or needles
    return _chain(steps), needles


def _needles(selectors: Iterable[JSONPathSelector]) -> tuple[bytes, ...] | None:
    names = [
        selector.name if isinstance(selector, NameSelector) else None for selector in selectors
    ]
    if any(name is None or not _ESCAPABLE.isdisjoint(name) for name in names):
        return None
    return tuple(encode(name) for name in names)


def _choice(selector: JSONPathSelector, path: str) -> Step:
    match selector:
        case NameSelector():
            return _name(selector.name)
        case WildcardSelector():
            return _every
        case IndexSelector():
            return _index(selector.index)
        case SliceSelector():
            return _slice(selector.slice)
        case _:
            raise ValueError(f"{path!r} holds a filter: rules select by name and place only")


def _name(name: str) -> Step:
    return lambda nodes: [(node, name) for node in nodes if type(node) is dict and name in node]


def _every(nodes: list[Any]) -> list[Place]:
    places: list[Place] = []
    for node in nodes:
        if type(node) is dict:
            places += [(node, key) for key in node]
        elif type(node) is list:
            places += [(node, index) for index in range(len(node))]
    return places


def _index(index: int) -> Step:
    def choose(nodes: list[Any]) -> list[Place]:
        return [
            (node, index % len(node))
            for node in nodes
            if type(node) is list and -len(node) <= index < len(node)
        ]

    return choose


def _slice(part: slice) -> Step:
    if part.step == 0:  # selects nothing (RFC 9535, 2.3.4.2.2), where Python would raise
        return lambda _nodes: []
    return lambda nodes: [
        (node, index) for node in nodes if type(node) is list for index in range(len(node))[part]
    ]


def _union(choices: list[Step]) -> Step:
    if len(choices) == 1:
        return choices[0]
    return lambda nodes: [place for choose in choices for place in choose(nodes)]


def _descending(choose: Step) -> Step:
    return lambda nodes: choose(_containers_below(nodes))


def _containers_below(nodes: list[Any]) -> list[Container]:
    """Return each container in and below `nodes` once: paths like `$..a..b` meet some twice."""
    found = [node for node in nodes if type(node) is dict or type(node) is list]
    seen = set(map(id, found))
    for node in found:  # grows while it is read, so depth costs no stack
        for child in node.values() if type(node) is dict else node:
            if (type(child) is dict or type(child) is list) and id(child) not in seen:
                seen.add(id(child))
                found.append(child)
    return found


def _chain(steps: list[Step]) -> Finder:
    *before, last = steps

    def find(document: Any) -> list[Place]:
        nodes = [document]
        for step in before:
            nodes = [container[key] for container, key in step(nodes)]
            if not nodes:
                return []
        return last(nodes)

    return find
