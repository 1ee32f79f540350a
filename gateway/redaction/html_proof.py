"""Proof that a text holds no element that rules hide, however anybody reads it.

An element that a selector hides has the selector's words in its start tag. A text in which these
words are nowhere, in any letter case, has no such element: not behind a badly closed tag, not in a
comment, not in the markup of an attribute. Nothing but a character reference could spell a letter
of a word otherwise; so a text with a reference to a letter, a digit or "-" or "_" proves nothing,
nor does one with a numeric reference that is not known to mean another character. Where a word is
there, because it is short or common, its class may still be in no `class` attribute.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.entities import html5
from typing import Final

from gateway.redaction.selectors import Compound

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
_CLASSES: Final = re.compile(
    r"class[\t\n\f\r ]*+(&|=[\t\n\f\r ]*+(?:\"[^\"]*+|'[^']*+|[^\t\n\f\r >]*+))"
)
"""The value of each attribute `class`, at least; or what may spell that it has one."""
_MAY_END_ELSEWHERE: Final = re.compile(r"[&\\]")
"""What may be a quote or a blank, in markup in an attribute or in a script."""
_OPENED: Final = r"(?:<|lt;?|60;|3c;)"
"""What stands before the name in a start tag, when the text is in an attribute too."""


class Proof:
    """What selectors' words say about texts. All texts are case folded.

    Args:
        parts: of selectors; one matches each element that is looked for.
    """

    def __init__(self, parts: Iterable[Compound]) -> None:
        tested = [part for part in parts if part.tests]
        bare = {part.element for part in parts if part.element is not None and not part.tests}
        self.bare: Final = frozenset(bare | {"image"} if "img" in bare else bare)
        self._words = tuple({_word(part.anchor) for part in tested})
        self._exact = all(_word(part.anchor) == part.anchor for part in tested)
        self._tested = tuple({(_word(part.anchor), part.class_name) for part in tested})
        self._bare = [re.compile(_OPENED + re.escape(name)) for name in self.bare]

    def none_in(self, folded: str) -> bool:
        """Say that none of the elements is in a text; False says nothing."""
        there = {name for word, name in self._tested if not word or word in folded}
        return (
            not any(name.search(folded) for name in self._bare)
            and not ("&" in folded and _SPELLS.search(folded))
            and (not there or _without_classes(folded, there))
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


def _without_classes(folded: str, names: set[str]) -> bool:
    """Say that no element in a text has one of these classes, which is what is asked of each."""
    if "" in names or not all(map(_WORD.fullmatch, names)):
        return False
    # However long a page is, it has few different ones.
    values = " ".join(set(_CLASSES.findall(folded)))
    # What was taken for a value may be none; then the next one begins in it, and was not seen.
    return (
        "class" not in values
        and values.isascii()
        and _MAY_END_ELSEWHERE.search(values) is None
        and names.isdisjoint(_WORD.findall(values))
    )


def _word(anchor: str) -> str:
    """The part of an anchor that no reference to a sign can spell."""
    return max(_WORD.findall(anchor), key=len, default="")
