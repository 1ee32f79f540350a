"""Words that begin almost like what was typed.

An edit is a letter too many, a letter too few, another letter, or two neighbours that changed
places. Of two edits at most one is in the first half: with both there it is another word.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.people.search.vocabulary import Span, Vocabulary


def almost(words: Vocabulary, kind: str, typed: str, edits: int) -> Iterator[Span]:
    """Give spans of words with a beginning within 1 or 2 edits of `typed`; some may come twice.

    Args:
        words: where to look.
        kind: what all of these words begin with, and which is not guessed at.
        typed: at least 4 letters.
        edits: how many may be amiss.
    """
    every = words.beginning(kind)
    if every.first == every.end:
        return
    half = 0 if edits == 1 else len(typed) // 2
    for span, depth, left in _after(words, every, len(kind), typed[:half], 1):
        for found, _, _ in _after(words, span, depth, typed[half:], edits - 1 + left):
            yield found


def _after(
    words: Vocabulary, span: Span, depth: int, typed: str, left: int
) -> Iterator[tuple[Span, int, int]]:
    """Go through the words of `span`, which agree in `depth` letters, as `typed` says.

    Yields what is behind: a span, in how many letters its words agree, and how many edits are left.
    """
    if not typed:
        yield span, depth, left
        return
    if left == 0:
        found = words.beginning(words[span.first][:depth] + typed, span)
        if found.first < found.end:
            yield found, depth + len(typed), 0
        return
    yield from _after(words, span, depth, typed[1:], left - 1)
    for letter, child in words.children(span, depth):
        if letter == typed[0]:
            yield from _after(words, child, depth + 1, typed[1:], left)
        elif letter:
            yield from _after(words, child, depth + 1, typed[1:], left - 1)
            yield from _after(words, child, depth + 1, typed, left - 1)
            if letter == typed[1:2]:
                swapped = typed[0] + typed[2:]
                yield from _after(words, child, depth + 1, swapped, left - 1)
