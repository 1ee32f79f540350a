"""What rules find in plain text: ready kinds of values, and patterns of a customer's own.

A customer's pattern runs in time that is linear in the text, whatever it says (RE2), so it has no
back-references and no look-around. Ready kinds are checked as well as matched: card numbers by
Luhn's digit (ISO/IEC 7812-1, annex B), IBANs by their remainder (ISO 13616).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Final, NamedTuple

import re2  # type: ignore[import-untyped]  # it ships no types

from gateway.linear_pattern import linear_pattern
from gateway.redaction.plain import blocking

unreadable: Final = blocking("text_unreadable", "text")

_MOST_GROUPS: Final = 100_000
_MOST_IBANS: Final = 20_000
"""Groups of digits, and beginnings of IBANs, that are looked at in one text (law 10)."""


class Found(NamedTuple):
    """A value in a text: its place, and one `spelling` for all ways to write it."""

    start: int
    end: int
    spelling: str


class Pattern(NamedTuple):
    """Finds values; `folded`: in folded text alone (`gateway.redaction.fold`)."""

    find: Callable[[str], Iterator[Found]]
    folded: bool


_CARD: Final = re.compile(r"[0-9](?:[ \t.-]{0,3}+[0-9]){12,}+")
_DIGITS: Final = re.compile(r"[0-9]+")
_CARD_LEAST, _CARD_MOST = 13, 19
_CARD_GROUPS: Final = 6
_DOUBLED: Final = bytes.maketrans(bytes(range(10)), bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)))
_VALUES: Final = bytes.maketrans(b"0123456789", bytes(range(10)))

_IBAN: Final = re.compile(
    r"(?<![0-9A-Za-z])([A-Za-z]{2}[0-9]{2})((?:[ \t.-]{0,3}+[0-9A-Za-z]){11,30})"
)
_PART: Final = re.compile(r"[0-9A-Za-z]+")
_IBAN_REST: Final = range(11, 31)
_NUMBERS: Final = {each: str(int(each, 36)) for each in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"}

_US_SSN: Final = re.compile(
    r"(?<![0-9])(?!000|666|9)[0-9]{3}[ .-](?!00)[0-9]{2}[ .-](?!0000)[0-9]{4}(?![0-9])"
)
_EMAIL: Final = re2.compile(
    r"""(?:"[^"\r\n]*"|[^\s@<>(),;:"\[\]\\]+)@(?:[\pL\pM\pN-]+\.)+[\pL\pM\pN-]{2,}"""
)


def _cards(text: str) -> Iterator[Found]:
    """Card numbers: digits in up to six groups, which no further digit touches."""
    seen = 0
    for run in _CARD.finditer(text):
        groups = [group.span() for group in _DIGITS.finditer(text, *run.span())]
        seen += len(groups)
        _bound(seen, _MOST_GROUPS)
        edges = list(accumulate((end - start for start, end in groups), initial=0))
        digits = "".join(_DIGITS.findall(run[0]))
        sums = _luhn_sums(digits)
        for first, start in enumerate(edges):
            for last in range(first + 1, min(first + _CARD_GROUPS, len(groups)) + 1):
                end = edges[last]
                if end - start < _CARD_LEAST:
                    continue
                if end - start > _CARD_MOST:
                    break
                of_end = sums[end % 2]
                if (of_end[end] - of_end[start]) % 10 == 0:
                    yield Found(groups[first][0], groups[last - 1][1], digits[start:end])


def _luhn_sums(digits: str) -> tuple[list[int], list[int]]:
    """The sums of Luhn's values up to each digit, for numbers that end at an even, an odd place.

    From a number's end every second digit is doubled. So any part of a long run is tried by one
    subtraction.
    """
    plain = digits.encode().translate(_VALUES)
    doubled = plain.translate(_DOUBLED)
    even, odd = bytearray(plain), bytearray(plain)
    even[0::2], odd[1::2] = doubled[0::2], doubled[1::2]
    return list(accumulate(even, initial=0)), list(accumulate(odd, initial=0))


def _ibans(text: str) -> Iterator[Found]:
    """IBANs, in groups of any size; where one ends its remainder tells."""
    at = seen = 0
    while candidate := _IBAN.search(text, at):
        at = candidate.end(1)
        seen += 1
        _bound(seen, _MOST_IBANS)
        head = candidate[1].upper()
        moved = int(_as_number(head))  # to the end, as six digits
        rest, number = "", 0
        for part in _PART.finditer(text, *candidate.span(2)):
            letters = part[0].upper()
            rest += letters
            number = int(f"{number}{_as_number(letters)}") % 97
            whole = part.end() == len(text) or not text[part.end()].isalnum()
            if whole and len(rest) in _IBAN_REST and (number * 10**6 + moved) % 97 == 1:
                yield Found(candidate.start(), part.end(), head + rest)


def _bound(seen: int, most: int) -> None:
    if seen > most:
        unreadable("it holds more numbers than can be looked at in time")


def _as_number(text: str) -> str:
    """Spell letters as numbers, A as 10 and Z as 35."""
    return text if text.isdecimal() else "".join(map(_NUMBERS.__getitem__, text))


def _us_ssns(text: str) -> Iterator[Found]:
    """Social security numbers of the United States, in their groups."""
    for found in _US_SSN.finditer(text):
        yield Found(found.start(), found.end(), "".join(filter(str.isdigit, found[0])))


def _emails(text: str) -> Iterator[Found]:
    for found in _EMAIL.finditer(text):
        yield Found(found.start(), found.end(), found[0].lower())


READY: Final = {
    "card_number": Pattern(_cards, folded=True),
    "email": Pattern(_emails, folded=True),
    "iban": Pattern(_ibans, folded=True),
    "us_ssn": Pattern(_us_ssns, folded=True),
}


def compile_pattern(said: str) -> Pattern:
    """Make what a rule says ready to search.

    Args:
        said: the name of a ready kind, or a pattern of RE2 between slashes.

    Raises:
        ValueError: it is neither, or not a pattern that finds anything.
    """
    if said in READY:
        return READY[said]
    if len(said) < 3 or said[0] != "/" or said[-1] != "/":
        raise ValueError(
            f"{said!r} is not known: give {', '.join(READY)}, or a pattern between slashes"
        )
    try:
        pattern = linear_pattern(said[1:-1])
    except ValueError as fault:
        raise ValueError(f"{said!r} is {fault}") from None
    if pattern.search("") is not None:
        raise ValueError(f"{said!r} matches where nothing is: it must match at least one character")

    def find(text: str) -> Iterator[Found]:
        for found in pattern.finditer(text):
            if found[0]:
                yield Found(found.start(), found.end(), found[0])

    return Pattern(find, folded=False)
