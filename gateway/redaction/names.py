"""Names of columns and form fields, and which rule hides what stands under them.

The same field has many spellings where people read its name: `private_notes`, `Private Notes`,
`privateNotes`. They are compared by their letters and digits alone (NFKC, case folded), so a rule
hides all of them. Exports and forms flatten what is nested (`user[ssn]`, `customer.ssn`,
`notes/0/text`): what stands below a hidden name is hidden too.
"""

from __future__ import annotations

import re
from typing import Final
from unicodedata import normalize

from gateway.redaction.rules import CompiledRule, Selection

_SIGNS: Final = 16
"""More signs than anybody puts around a name that has one after each letter already."""
_STEPS: Final = re.compile(r"[\[\]./:>]+")


class FieldNames:
    """The names that the rules of a selection hide."""

    def __init__(self, selection: Selection) -> None:
        # The first rule of a name shows the least.
        self._ranks: dict[str, int] = {}
        for rank, rule in enumerate(selection.rules):
            for name in rule.fields:
                self._ranks.setdefault(fold(name), rank)
        self._rules = selection.rules
        self._longest = 2 * max(map(len, self._ranks)) + _SIGNS

    def rule_of(self, name: str) -> CompiledRule | None:
        """Return the rule that hides what stands under this name, None when none does."""
        spellings = {fold(name), *map(fold, filter(None, _STEPS.split(name)))}
        ranks = [self._ranks[each] for each in spellings if each in self._ranks]
        return self._rules[min(ranks)] if ranks else None

    def has(self, text: str) -> bool:
        """Say whether a text is one of the names, and nothing else."""
        return len(text) <= self._longest and fold(text) in self._ranks

    def within(self, text: str) -> bool:
        """Say whether one of the names stands somewhere in a text."""
        folded = fold(text)
        return any(name in folded for name in self._ranks)


def fold(name: str) -> str:
    """Return what spellings of one name have in common; a name of signs alone keeps them."""
    if not name.isascii():
        name = normalize("NFKC", name)
    folded = name.casefold()
    return folded if folded.isalnum() else "".join(filter(str.isalnum, folded)) or folded.strip()
