"""Text as a search for numbers and addresses should see it, and where each part of it came from.

Full-width and Arabic digits, no-break spaces, dashes of every width, soft hyphens and characters
that nobody sees make a card number another text, and to a reader the same number.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final
from unicodedata import category, digit, normalize

_UNSEEN: Final = frozenset(("Cf", "Mn", "Me"))
_BLANK_LETTERS: Final = frozenset("\u115f\u1160\u3164\uffa0")
_BEYOND: Final = 1 << 62


class Folded:
    """A folded text. `text`: what to search."""

    def __init__(self, raw: str) -> None:
        folds = _Folds()
        self.text: Final = raw if raw.isascii() else raw.translate(folds)
        # From each place in the folded text on, both run in step until the next.
        self._steps = [(0, 0)]
        odd = "".join(chr(code) for code, fold in folds.items() if len(fold) != 1)
        for found in re.finditer(f"[{re.escape(odd)}]", raw) if odd else ():
            at = self._steps[-1][0] + found.start() - self._steps[-1][1]
            length = len(folds[ord(found[0])])
            self._steps += [(at + each, found.start()) for each in range(1, length)]
            self._steps.append((at + length, found.end()))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a part of the folded text, not an empty one, stands in the raw text."""
        return self._raw(start), self._raw(end - 1) + 1

    def _raw(self, index: int) -> int:
        folded, raw = self._steps[bisect_right(self._steps, (index, _BEYOND)) - 1]
        return raw + index - folded


class _Folds(dict[int, str]):
    """What each character is folded to, found when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = fold = _fold(chr(code))
        return fold


def _fold(character: str) -> str:
    if character.isascii():
        return character
    folded = []
    for each in normalize("NFKC", character):
        kind = category(each)
        if kind in _UNSEEN or each in _BLANK_LETTERS:
            continue
        if kind == "Nd":
            folded.append(str(digit(each)))
        elif kind == "Pd" or each == "\u2212":
            folded.append("-")
        else:
            folded.append(" " if kind == "Zs" else each)
    return "".join(folded)
