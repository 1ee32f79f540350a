"""JSONPath (RFC 9535) compiled into a finder of the places to hide.

`jsonpath-rfc9535` parses; it evaluates ten times slower than a body's own decoding, so the walking
is ours. What most rules ask for, a name wherever it is, is told apart: one look at each object of a
document answers all such rules.

Supported are names, indexes, slices, wildcards, unions and descendants. Filters are refused: a rule
that hides depending on a value shows what it hides by hiding it. `$` alone is refused too: it hides
the whole document, and that is a request rule's task.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from gc import is_tracked
from operator import eq
from typing import Any, NamedTuple

import jsonpath_rfc9535
from jsonpath_rfc9535.segments import JSONPathRecursiveDescentSegment, JSONPathSegment
from jsonpath_rfc9535.selectors import (
    IndexSelector,
    JSONPathSelector,
    NameSelector,
    SliceSelector,
    WildcardSelector,
)
from msgspec.json import encode

Place = tuple[Any, Any]
"""A container, and a key or index that it holds."""


class Step(NamedTuple):
    """What a segment selects in a list of nodes: the places, or the values in them."""

    places: Callable[[list[Any]], list[Place]]
    values: Callable[[list[Any]], list[Any]]


class Document:
    """A decoded JSON document that several paths are looked up in."""

    def __init__(self, root: Any) -> None:
        self.root = root
        self._containers: list[Any] = []

    @property
    def containers(self) -> list[Any]:
        """Each object and array of the document; most rules begin with `$..`, so found once."""
        if not self._containers:
            self._containers = _containers_below([self.root])
        return self._containers

    def objects(self) -> list[dict[str, Any]]:
        """Return each object of the document, outer ones before inner ones.

        Most hold no container, and Python's collector of cycles knows: it does not track them.
        """
        root = self.root
        found = [root] if type(root) is dict else []
        waiting = [root] if is_tracked(root) else []
        for node in waiting:  # grows while it is read, so depth costs no stack
            for child in node.values() if type(node) is dict else node:
                kind = type(child)
                if kind is dict:
                    found.append(child)
                elif kind is not list:
                    continue
                if is_tracked(child):
                    waiting.append(child)
        return found


Finder = Callable[[Document], list[Place]]


class Hop(NamedTuple):
    """A segment as a reader of a stream follows it, knowing of a child only its key or index.

    `deep`: it may also be taken further down. `takes`: whether it selects this child.
    """

    deep: bool
    takes: Callable[[str | int], bool]


class CompiledPath(NamedTuple):
    """What is known of one JSONPath.

    `find`: finds every (container, key) that the path selects in a decoded document, each once.
    `needles`: byte strings one of which is in any JSON text, free of backslash-u, that the path
    selects something in; None when no such strings exist. `anywhere`: the names, where the path
    selects names wherever they are and nothing else (`$..name`), in its own order; else empty.
    `hops`: the path for a stream; None when it counts from the end of an array.
    """

    find: Finder
    needles: tuple[bytes, ...] | None
    anywhere: tuple[str, ...]
    hops: tuple[Hop, ...] | None


_ENDLESS = 1 << 62
"""Longer than any array."""
_ESCAPABLE = frozenset('"\\/').union(map(chr, range(0x20)))


def compile_path(path: str) -> CompiledPath:
    """Compile one JSONPath.

    Raises:
        ValueError: the path is malformed, or uses what is not supported.
    """
    try:
        query = jsonpath_rfc9535.compile(path)
    except jsonpath_rfc9535.JSONPathError as fault:
        raise ValueError(f"{path!r} is not a JSONPath: {fault}") from fault
    if not query.segments:
        raise ValueError(f"{path!r} selects the whole document: block it with a request rule")
    steps: list[tuple[bool, Step]] = []
    needles: tuple[bytes, ...] | None = None
    for segment in query.segments:
        choose = _union([_choice(selector, path) for selector in segment.selectors])
        steps.append((isinstance(segment, JSONPathRecursiveDescentSegment), choose))
        needles = _needles(segment.selectors) or needles
    first, *more = query.segments
    names = _names(first.selectors) if not more and steps[0][0] else None
    return CompiledPath(_chain(steps), needles, names or (), _hops(query.segments))


def _hops(segments: Iterable[JSONPathSegment]) -> tuple[Hop, ...] | None:
    hops: list[Hop] = []
    for segment in segments:
        takes = [_takes(selector) for selector in segment.selectors]
        known = tuple(each for each in takes if each is not None)
        if len(known) < len(takes):
            return None
        deep = isinstance(segment, JSONPathRecursiveDescentSegment)
        hops.append(Hop(deep, partial(_any_takes, known)))
    return tuple(hops)


def _any_takes(known: tuple[Callable[[str | int], bool], ...], child: str | int) -> bool:
    return any(each(child) for each in known)


def _takes(selector: JSONPathSelector) -> Callable[[str | int], bool] | None:
    match selector:
        case NameSelector():
            return partial(eq, selector.name)
        case WildcardSelector():
            return lambda _child: True
        case IndexSelector() if selector.index >= 0:
            return partial(eq, selector.index)
        case SliceSelector() if _from_the_start(selector.slice):
            start, stop, step = selector.slice.start, selector.slice.stop, selector.slice.step
            reach = range(start or 0, _ENDLESS if stop is None else stop, step or 1)
            return lambda child: type(child) is int and step != 0 and child in reach
    return None


def _from_the_start(part: slice) -> bool:
    """Say whether a slice is the same however long its array is."""
    ends = (part.start or 0, part.stop or 0)
    return min(ends) >= 0 and (part.step is None or part.step >= 0)


def _names(selectors: Iterable[JSONPathSelector]) -> tuple[str, ...] | None:
    """The names that a segment asks for, None when it asks for something else too."""
    names: list[str] = []
    for selector in selectors:
        if not isinstance(selector, NameSelector):
            return None
        names.append(selector.name)
    return tuple(names)


def _needles(selectors: Iterable[JSONPathSelector]) -> tuple[bytes, ...] | None:
    names = _names(selectors)
    if names is None or any(not _ESCAPABLE.isdisjoint(name) for name in names):
        return None
    return tuple(encode(name) for name in names)


def _choice(selector: JSONPathSelector, path: str) -> Step:
    match selector:
        case NameSelector():
            return _name(selector.name)
        case WildcardSelector():
            return _EVERY
        case IndexSelector():
            return _index(selector.index)
        case SliceSelector():
            return _slice(selector.slice)
        case _:
            raise ValueError(f"{path!r} holds a filter: rules select by name and place only")


def _name(name: str) -> Step:
    return Step(
        lambda nodes: [(node, name) for node in nodes if type(node) is dict and name in node],
        lambda nodes: [node[name] for node in nodes if type(node) is dict and name in node],
    )


def _keys(node: Any) -> Iterable[Any]:
    if type(node) is dict:
        return node
    return range(len(node)) if type(node) is list else ()


def _children(node: Any) -> Iterable[Any]:
    if type(node) is dict:
        return node.values()
    return node if type(node) is list else ()


_EVERY = Step(
    lambda nodes: [(node, key) for node in nodes for key in _keys(node)],
    lambda nodes: [child for node in nodes for child in _children(node)],
)


def _index(index: int) -> Step:
    return _step(
        lambda nodes: [
            (node, index % len(node))
            for node in nodes
            if type(node) is list and -len(node) <= index < len(node)
        ]
    )


def _slice(part: slice) -> Step:
    if part.step == 0:  # selects nothing (RFC 9535, 2.3.4.2.2), where Python would raise
        return _step(lambda _nodes: [])
    return _step(
        lambda nodes: [
            (node, index)
            for node in nodes
            if type(node) is list
            for index in range(len(node))[part]
        ]
    )


def _union(steps: list[Step]) -> Step:
    if len(steps) == 1:
        return steps[0]
    return _step(lambda nodes: [place for step in steps for place in step.places(nodes)])


def _step(places: Callable[[list[Any]], list[Place]]) -> Step:
    return Step(places, lambda nodes: [container[key] for container, key in places(nodes)])


def _containers_below(nodes: list[Any]) -> list[Any]:
    """Return each container in and below `nodes` once: paths like `$..a..b` meet some twice."""
    found = [node for node in nodes if type(node) is dict or type(node) is list]
    seen: set[int] | None = None
    if len(found) > 1:
        found = list({id(node): node for node in found}.values())
        seen = set(map(id, found))
    for node in found:  # grows while it is read, so depth costs no stack
        if not is_tracked(node):
            continue
        for child in node.values() if type(node) is dict else node:
            if type(child) is not dict and type(child) is not list:
                continue
            if seen is not None:
                if id(child) in seen:
                    continue
                seen.add(id(child))
            found.append(child)
    return found


def _chain(steps: list[tuple[bool, Step]]) -> Finder:
    *before, (deep_last, last) = steps

    def find(document: Document) -> list[Place]:
        nodes = [document.root]
        for position, (deep, step) in enumerate(before):
            nodes = step.values(_reach(document, nodes, deep=deep, first=position == 0))
        return last.places(_reach(document, nodes, deep=deep_last, first=not before))

    return find


def _reach(document: Document, nodes: list[Any], *, deep: bool, first: bool) -> list[Any]:
    if not deep:
        return nodes
    return document.containers if first else _containers_below(nodes)
