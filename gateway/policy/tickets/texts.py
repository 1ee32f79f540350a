"""Texts of a lookup with placeholders for what a start is about: `{ticket}`, `{user.email}`."""

from __future__ import annotations

import re
from collections.abc import Callable
from operator import attrgetter
from typing import Final

from gateway.model import Account, Frozen, User

_PLACEHOLDER = re.compile(r"\{([a-z_.]+)\}")
_NAMES: Final = (
    "ticket",
    "site",
    "user.id",
    "user.name",
    "user.email",
    "user.account",
    "account.id",
    "account.name",
    "account.region",
)


class Facts(Frozen, frozen=True, kw_only=True):
    """What a ticket is named for. `site`: its name; `account`: the user's own."""

    ticket: str
    site: str
    user: User
    account: Account


class Unfit(ValueError):
    """A value is empty, or cannot stand where the text wants it; `fact` names it."""

    def __init__(self, fact: str) -> None:
        super().__init__(f"{fact} is empty, or cannot stand there")
        self.fact = fact


class Text:
    """A compiled text.

    Raises:
        ValueError: it names what does not exist, or its braces do not match.
    """

    __slots__ = ("literals", "names")

    def __init__(self, text: str) -> None:
        pieces = _PLACEHOLDER.split(text)
        self.names = tuple(pieces[1::2])
        self.literals = tuple(pieces[::2])
        for name in self.names:
            if name not in _NAMES:
                raise ValueError(f"there is no {{{name}}}; there are {', '.join(_NAMES)}")
        if any("{" in literal or "}" in literal for literal in self.literals):
            raise ValueError("a brace does not belong to a placeholder such as {user.email}")

    def filled(self, facts: Facts, spelled: Callable[[str], str] = str) -> str:
        """Fill it in, each value as `spelled`.

        Raises:
            Unfit: a value is empty, so that it would tell nobody apart, or has no such spelling.
        """
        text = self.literals[0]
        for name, literal in zip(self.names, self.literals[1:], strict=True):
            value = attrgetter(name)(facts)
            if not value:
                raise Unfit(name)
            try:
                text += spelled(value) + literal
            except ValueError:
                raise Unfit(name) from None
        return text
