"""The words by which a user is found, each behind a sign of its kind, which no word has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from typing import Final

from gateway.model import Account, User
from gateway.people.search.folding import parts_of, plain, words_of

WORD: Final = "."
"""Of the name, the address, the account's name; the account's id."""
EMAIL: Final = "@"
"""The whole address; its domain, behind an `@`."""
ID: Final = "#"
STATUS: Final = "!"
ACCOUNT: Final = "&"
"""Of the names of the account and of those above it."""
ACCOUNT_ID: Final = "="
"""The whole ids of the account and of those above it."""
HERE: Final = "*"
"""The very id of the account alone."""


def of_user(user: User) -> Set[str]:
    """Give the words that a user shares with nobody, or with namesakes."""
    local = user.email.rpartition("@")[0]
    words = {WORD + word for word in (*words_of(user.name), *parts_of(local))}
    words.add(EMAIL + plain(user.email))
    words.add(ID + plain(user.id))
    return words


def of_domain(domain: str) -> Iterator[str]:
    """Give the words of everybody who has an address there."""
    yield from (WORD + word for word in words_of(domain))
    yield f"{EMAIL}@{plain(domain)}"


def of_account(lineage: Sequence[Account]) -> Iterator[str]:
    """Give the words of an account's users; `lineage` is the account and those above it."""
    for account in lineage:
        yield ACCOUNT_ID + account.id.casefold()
        yield from (ACCOUNT + word for word in words_of(account.name))
    for account in lineage[:1]:
        yield HERE + account.id
        yield WORD + plain(account.id)
        yield from (WORD + word for word in words_of(account.name))
