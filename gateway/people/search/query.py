"""What somebody types to find users: `weber nordlicht`, `jonas status:invited account:nord`."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.people.search.folding import parts_of

MOST_LETTERS = 200
MOST_WORDS = 10
"""What is typed beyond is not looked at; a word with punctuation inside counts as several."""

Parts = tuple[str, ...]
"""A word as typed, cut at its punctuation: `jean` and `luc` of `Jean-Luc`."""


@dataclass(frozen=True, slots=True)
class Query:
    """Words to find, and what users must have beside; empty filters hold nobody back.

    `says_nothing`: there was no word at all. (Of `?!` nothing is left, but nobody has it.)
    """

    words: tuple[Parts, ...]
    says_nothing: bool
    status: str
    account: str
    email: str


def read_query(text: str, status: str = "", account: str = "") -> Query:
    """Read what was typed; a filter in it counts where the argument is empty."""
    typed = {"status": "", "account": "", "email": ""}
    plain: list[str] = []
    for piece in text[:MOST_LETTERS].split():
        name, _, value = piece.partition(":")
        if value and name.lower() in typed:
            typed[name.lower()] = value
        else:
            plain.append(piece)
    words: list[Parts] = []
    room = MOST_WORDS
    for piece in plain:
        parts = tuple(parts_of(piece))[:room]
        room -= len(parts)
        if parts:
            words.append(parts)
    return Query(
        words=tuple(dict.fromkeys(words)),
        says_nothing=not plain,
        status=status or typed["status"],
        account=account or typed["account"],
        email=typed["email"],
    )
