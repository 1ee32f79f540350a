"""Many restricting patterns asked at once: as cheap for three hundred as for three.

A path that matches a pattern has each of its literal segments somewhere. So a pattern is asked only
about paths that have its last one, and the usual path has none of any.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from gateway.policy.paths import PathPattern, spelling

T = TypeVar("T")


class PathIndex(Generic[T]):
    """What stands under each pattern.

    Args:
        entries: patterns and what they stand for, in the order of `find`.
    """

    def __init__(self, entries: Iterable[tuple[PathPattern, T]]) -> None:
        self._entries = tuple(entries)
        self._by_literal: dict[str, list[int]] = {}
        self._always: list[int] = []
        for at, (pattern, _) in enumerate(self._entries):
            literals = pattern.literals
            places = self._by_literal.setdefault(literals[-1], []) if literals else self._always
            places.append(at)

    def find(self, path: str) -> Iterator[T]:
        """What stands under the patterns that the path could be read as, in order.

        A path that cannot be read with certainty is under every pattern.
        """
        if not self._entries:
            return
        segments = spelling(path)
        if segments is None:
            yield from (held for _, held in self._entries)
            return
        asked = set(self._always)
        for segment in segments:
            text = segment.text
            asked.update(self._by_literal.get(text, ()))
            if "." in text:  # as a pattern may let a literal end
                asked.update(self._by_literal.get(text.partition(".")[0], ()))
        for at in sorted(asked):
            pattern, held = self._entries[at]
            if pattern.matches_any_spelling(path):
                yield held
