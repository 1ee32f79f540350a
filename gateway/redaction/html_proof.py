"""Proof that a text holds no element that rules hide, however anybody reads it.

An element that a selector hides has the selector's words in its start tag. A text in which these
words are nowhere, in any letter case, has no such element: not behind a badly closed tag, not in a
comment, not in the markup of an attribute. Nothing but a character reference could spell a letter
of a word otherwise; so a text with a reference to a letter, a digit or "-" or "_" proves nothing,
nor does one with a numeric reference that is not known to mean another character.
"""

from __future__ import annotations

import re
from html.entities import html5
from typing import Final

_WORD: Final = re.compile(r"[a-z0-9_-]+")
_BY_NAME: Final = {
    name.rstrip(";").casefold() for name, text in html5.items() if _WORD.search(text.casefold())
}
_LETTERS: Final = "|".join(sorted(_BY_NAME))
_AMPERSAND: Final = r"&(?:amp;?)*+"
"""No other spelling of one is known to be harmless."""
_SIGNS: Final = r"#(?:0*+(?:34|39|47|160)|x0*+(?:22|27|2f|a0));"
_LESS: Final = r"#(?:0*+60|x0*+3c);"
_SPELLS: Final = re.compile(rf"{_AMPERSAND}(?:{_LETTERS}|(?!{_SIGNS}|{_LESS})#)")
_SPELLS_OR_OPENS: Final = re.compile(rf"{_AMPERSAND}(?:{_LETTERS}|lt|nvlt|(?!{_SIGNS})#)")
_OPENED: Final = r"(?:<|lt;?|60;|3c;)"
"""What stands before the name in a start tag, when the text is in an attribute too."""


class Proof:
    """What selectors' words say about texts. All texts are case folded.

    Args:
        words: in the start tag of each element that is looked for with attributes.
        bare: names of elements that are looked for whatever their attributes.
    """

    def __init__(self, words: frozenset[str], bare: frozenset[str]) -> None:
        runs = [max(_WORD.findall(word), key=len, default="") for word in words]
        self._words = tuple(sorted(set(runs)))
        self._exact = set(runs) == words
        self._bare = [re.compile(rf"{_OPENED}{re.escape(name)}") for name in bare]

    def none_in(self, folded: str) -> bool:
        """Say that none of the elements is in a text; False says nothing."""
        return (
            "" not in self._words
            and not any(map(folded.__contains__, self._words))
            and not any(name.search(folded) for name in self._bare)
            and not ("&" in folded and _SPELLS.search(folded))
        )

    def none_in_tag(self, attributes: str) -> bool:
        """Say that a start tag with these attributes is none of the elements with attributes.

        Nor is one in the markup of its attributes.
        """
        if "<" in attributes or any(map(attributes.__contains__, self._words)):
            return False
        if "&" not in attributes:
            return True
        return self._exact and _SPELLS_OR_OPENS.search(attributes) is None
