"""How names are compared: without case, accents and punctuation.

`O'Neil` is `oneil`, `Łukasz` is `lukasz`, `STRASSE` is `straße`, `Jean-Luc` is `jeanluc` as well as
`jean luc`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

# Letters of one piece that Unicode does not take apart (NFKD).
_WHOLE = "æ=ae œ=oe þ=th ð=d đ=d ħ=h ı=i ł=l ŋ=n ø=o ŧ=t"
_LETTERS = str.maketrans(dict(each.split("=") for each in _WHOLE.split()))
_PART = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """Give a text's plain letters."""
    if text.isascii():
        return text.lower()
    # Compatibility forms may give capitals once more: the sign ℡ is TEL.
    apart = unicodedata.normalize("NFKD", text.casefold()).casefold()
    return "".join(c for c in apart if not unicodedata.combining(c)).translate(_LETTERS)


def parts_of(text: str) -> list[str]:
    """Cut a text at everything that is neither letter nor digit."""
    return _PART.findall(fold(text))


def words_of(text: str) -> Iterator[str]:
    """Give the words by which a text is found: `Jean-Luc` by `jean`, `luc` and `jeanluc`."""
    folded = fold(text)
    parts, pieces = _PART.findall(folded), folded.split()
    yield from parts
    if parts != pieces:
        yield from filter(None, map(plain, pieces))


def plain(text: str) -> str:
    """Give a text's letters and digits alone."""
    return "".join(parts_of(text))
