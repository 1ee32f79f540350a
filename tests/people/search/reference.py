"""What searching means, without any haste: each user and each word is looked at."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping

from gateway.model import Account, User

LETTERS = "abens"


def edited(word: str) -> set[str]:
    """Give what one edit makes of a word, and the word."""
    cuts = [(word[:n], word[n:]) for n in range(len(word) + 1)]
    return {
        word,
        *(a + b[1:] for a, b in cuts),
        *(a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1),
        *(a + letter + b[1:] for a, b in cuts for letter in LETTERS if b),
        *(a + letter + b for a, b in cuts for letter in LETTERS),
    }


def near(word: str, typed: str, edits: int) -> bool:
    """Say whether a word begins within so many edits of `typed`."""
    spellings = {typed}
    for _ in range(edits):
        spellings = {each for spelling in spellings for each in edited(spelling)}
    return any(word.startswith(spelling) for spelling in spellings)


def plain(text: str) -> str:
    """Drop case and accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in apart if not unicodedata.combining(c))


def words(user: User, accounts: Mapping[str, Account]) -> set[str]:
    """Give the words of a user."""
    account = accounts[user.account]
    local, _, domain = user.email.rpartition("@")
    found: set[str] = set()
    for text in (user.name, account.name, domain):
        for piece in plain(text).split():
            found |= {*cut(piece), "".join(cut(piece))}
    whole = {"".join(cut(plain(text))) for text in (user.email, user.id, account.id)}
    return (found | whole | set(cut(plain(local)))) - {""}


def cut(piece: str) -> list[str]:
    """Cut at everything that is no letter."""
    return "".join(c if c.isalnum() else " " for c in piece).split()


def has(all_words: set[str], typed: str, fits: Callable[[str, str], bool]) -> bool:
    """Say whether there is a word for each that was typed, in one or in its parts."""
    for piece in plain(typed).split():
        parts = cut(piece)
        wanted = [["".join(parts)], parts] if parts else []
        if wanted and not any(
            all(any(fits(word, part) for word in all_words) for part in way) for way in wanted
        ):
            return False
    return True
