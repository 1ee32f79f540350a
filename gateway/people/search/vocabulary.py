"""Very many words, sorted, in one piece of memory."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

_LAST = "\U0010ffff"
"""Sorts behind every letter and digit."""


class Span(NamedTuple):
    """The words from number `first` up to and without number `end`."""

    first: int
    end: int


class Vocabulary:
    """Words by number, in the order of their code points, which is that of their UTF-8 too.

    As UTF-8 they take a fifth of what a list of texts takes, whatever letters are among them.
    """

    def __init__(self, words: Sequence[str]) -> None:
        lengths = (len(word.encode()) + 1 for word in words)
        self._starts = array("I", accumulate(lengths, initial=0))
        self._text = "".join(f"{word}\n" for word in words).encode()
        self._numbers = range(len(words))

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, number: int) -> str:
        return self._text[self._starts[number] : self._starts[number + 1] - 1].decode()

    def beginning(self, prefix: str, within: Span | None = None) -> Span:
        """Give the words that begin with `prefix`; those of `within` alone, when it is there."""
        low, high = within or (0, len(self))
        first = bisect_left(self._numbers, prefix, low, high, key=self.__getitem__)
        if first == high or not self[first].startswith(prefix):
            return Span(first, first)
        return Span(first, self._end(prefix, first, high))

    def _end(self, prefix: str, first: int, end: int) -> int:
        """Say where the words that begin with `prefix`, as number `first` does, end."""
        if self[end - 1].startswith(prefix):
            return end
        return bisect_left(self._numbers, prefix + _LAST, first, end, key=self.__getitem__)

    def equal(self, word: str) -> Span:
        """Give the one word that is `word`, if it is there."""
        first = bisect_left(self._numbers, word, key=self.__getitem__)
        return Span(first, first + (first < len(self) and self[first] == word))

    def agreed(self, span: Span) -> int:
        """Say in how many letters all words of a span agree."""
        first, last = self[span.first], self[span.end - 1]
        pairs = enumerate(zip(first, last, strict=False))
        return next((at for at, (one, other) in pairs if one != other), len(first))

    def children(self, span: Span, depth: int) -> Iterator[tuple[str, Span]]:
        """Part words that agree in `depth` letters by the next one; empty where a word ends."""
        first, end = span
        while first < end:
            word = self[first]
            letter = word[depth : depth + 1]
            after = self._end(word[: depth + 1], first, end) if letter else first + 1
            yield letter, Span(first, after)
            first = after

    def containing(self, part: str, within: Span) -> Iterator[Span]:
        """Give each word in which `part` stands anywhere."""
        wanted, end = part.encode(), self._starts[within.end]
        at = self._text.find(wanted, self._starts[within.first], end)
        while at >= 0:
            after = bisect_right(self._starts, at)
            yield Span(after - 1, after)
            at = self._text.find(wanted, self._starts[after], end)
