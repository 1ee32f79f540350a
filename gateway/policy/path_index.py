"""Many patterns asked at once: a path is read piece by piece, as cheap for a thousand as for one.

Patterns that begin alike share what they begin with: each piece of a path is looked up among what
may follow there, whatever the number of patterns. What is found for a path is remembered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Generic, TypeVar

from gateway.policy.paths import DEEP, ONE, PathPattern, Segment, is_plain, spelling
from gateway.wire.memory import Memory

T = TypeVar("T")


class _Node:
    """Where patterns are after some of their parts; `ends`: those that have no further part.

    `one` and `deep` are where `*` and `**` lead. `wide`: a `*` leads here; `loops`: a `**` does.
    """

    __slots__ = ("deep", "ends", "literals", "loops", "one", "wide")

    def __init__(self, *, wide: bool = False, loops: bool = False) -> None:
        self.literals: dict[str, _Node] = {}
        self.one: _Node | None = None
        self.deep: _Node | None = None
        self.ends: list[int] = []
        self.wide = wide
        self.loops = loops

    def after(self, part: str) -> _Node:
        """The node behind one more part, made where there is none."""
        if part == ONE:
            self.one = self.one or _Node(wide=True)
            return self.one
        if part == DEEP:
            if self.loops:  # a second `**` adds nothing
                return self
            self.deep = self.deep or _Node(loops=True)
            return self.deep
        return self.literals.setdefault(part, _Node())


class _Tree:
    """Patterns as one tree; `ending`: what may follow a literal that has no dot."""

    def __init__(self, ending: re.Pattern[str] | None = None) -> None:
        self.root = _Node()
        self.ending = ending

    def add(self, parts: Iterable[str], at: int) -> None:
        node = self.root
        for part in parts:
            node = node.after(part)
        node.ends.append(at)


class _Index(Generic[T]):
    def __init__(self, entries: Iterable[tuple[PathPattern, T]]) -> None:
        self._entries = tuple(entries)
        self._found: Memory[str, tuple[T, ...]] = Memory(self._find, len)

    def find(self, path: str) -> tuple[T, ...]:
        """What stands under the patterns that the path matches, in order."""
        return self._found[path] if self._entries else ()

    def _find(self, path: str) -> tuple[T, ...]:
        return tuple(self._entries[at][1] for at in sorted(self._places(path)))

    def _places(self, path: str) -> set[int]:
        raise NotImplementedError


class PathIndex(_Index[T]):
    """What stands under each pattern, of rules that restrict.

    A path matches what some app could read it as (`PathPattern.matches_any_spelling`). One that
    cannot be read with certainty is under every pattern.

    Args:
        entries: patterns and what they stand for, in the order of `find`.
    """

    def __init__(self, entries: Iterable[tuple[PathPattern, T]]) -> None:
        super().__init__(entries)
        trees: dict[re.Pattern[str] | None, _Tree] = {}
        for at, (pattern, _) in enumerate(self._entries):
            trees.setdefault(pattern.ending, _Tree(pattern.ending)).add(pattern.parts, at)
        self._trees = tuple(trees.values())

    def _places(self, path: str) -> set[int]:
        segments = spelling(path)
        if segments is None:
            return set(range(len(self._entries)))
        return {at for tree in self._trees for at in _spelt(tree, segments)}


class ExactIndex(_Index[T]):
    """What stands under each pattern, of rules that allow.

    A path matches as it is on the wire, byte for byte (`PathPattern.matches_exactly`).

    Args:
        entries: patterns and what they stand for, in the order of `find`.
    """

    def __init__(self, entries: Iterable[tuple[PathPattern, T]]) -> None:
        super().__init__(entries)
        self._tree = _Tree()
        for at, (pattern, _) in enumerate(self._entries):
            self._tree.add(pattern.pattern[1:].split("/"), at)

    def _places(self, path: str) -> set[int]:
        return _exact(self._tree, path[1:].split("/")) if path.startswith("/") else set()


def _spelt(tree: _Tree, segments: tuple[Segment, ...]) -> set[int]:
    """Run all readings of all patterns at once (see `paths`)."""
    found: set[int] = set()
    nodes = _with_deep({tree.root})
    for text, soft, skip, last in segments:
        reached: set[_Node] = set()
        for node in nodes:
            if node.loops or skip or (soft and node.wide):  # `*` may hold a soft slash
                reached.add(node)
            if node.one is not None:
                reached.add(node.one)
            if text in node.literals:
                reached.add(node.literals[text])
            if tree.ending is not None and "." in text:
                stem = text.partition(".")[0]
                if stem in node.literals and tree.ending.fullmatch(text, len(stem)):
                    reached.add(node.literals[stem])
        nodes = _with_deep(reached)
        if not nodes:
            break
        if last:
            found.update(_ends(nodes))
    return found.union(_ends(nodes))


def _exact(tree: _Tree, pieces: list[str]) -> set[int]:
    nodes = _with_deep({tree.root})
    for piece in pieces:
        if not nodes:
            return set()
        before = nodes
        reached: set[_Node] = set()
        plain = None
        for node in before:
            if piece in node.literals:
                reached.add(node.literals[piece])
            if node.loops or node.one is not None:
                plain = is_plain(piece) if plain is None else plain
                if plain and node.loops:
                    reached.add(node)
                if plain and node.one is not None:
                    reached.add(node.one)
        nodes = _with_deep(reached)
    found = set(_ends(nodes))
    if not pieces[-1]:  # what `**` ends may have a slash behind it
        found.update(_ends(node for node in before if node.loops))
    return found


def _with_deep(nodes: set[_Node]) -> set[_Node]:
    """Add where `**` leads that stands for nothing."""
    return nodes.union([node.deep for node in nodes if node.deep is not None])


def _ends(nodes: Iterable[_Node]) -> Iterable[int]:
    return (at for node in nodes for at in node.ends)
