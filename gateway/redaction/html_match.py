"""Which rule hides an element, given its start tag and the elements around it."""

from __future__ import annotations

import html
from functools import lru_cache
from typing import Final

from gateway.redaction.html_names import FORMATTING
from gateway.redaction.html_proof import Proof
from gateway.redaction.html_tokens import Tag, read_attributes, unreadable
from gateway.redaction.rules import CompiledRule, Selection
from gateway.redaction.selectors import Attributes, Selector
from gateway.wire.memory import Memory


class Selectors:
    """The selectors of a selection, ready for all its pages.

    `rules`: each selector with its rule. `hidden`: proves that a text has no element that one of
    them hides. `concerned`: whether a part of one matches a start tag, or its attributes hold
    markup.
    """

    def __init__(self, selection: Selection) -> None:
        self.rules: list[tuple[CompiledRule, Selector]] = [
            (rule, selector) for rule in selection.rules for selector in rule.selectors
        ]
        self._parts = [compound for _, selector in self.rules for compound in selector]
        self._any = Proof(self._parts)
        self.hidden: Final = Proof([selector[-1] for _, selector in self.rules])
        self.concerned: Final = Memory(self._concerns, lambda tag: len(tag.text))

    def _concerns(self, tag: Tag) -> bool:
        if tag.name in self._any.bare:
            return True
        if self._any.none_in_tag(tag.attributes.casefold()):
            return False
        held = read_attributes(tag.attributes)
        names = (tag.name, "img") if tag.name == "image" else (tag.name,)
        return "<" in html.unescape(tag.attributes) or any(
            part.matches(name, held) for part in self._parts for name in names
        )


selectors_of: Final = lru_cache(maxsize=64)(Selectors)


class Matcher:
    """Follows the selectors of a selection through one document.

    `answered`: which open elements answer a part of a selector: (depth around it, selector).
    """

    def __init__(self, selection: Selection) -> None:
        known = selectors_of(selection)
        self._selectors = known.rules
        self.concerned: Final = known.concerned
        # How many leading compounds of each selector the open elements answer.
        self._progress = [0] * len(self._selectors)
        self.answered: list[tuple[int, int]] = []

    def ask(self, name: str, held: Attributes) -> tuple[CompiledRule | None, list[int]]:
        """Return the rule that hides this element, and the selectors that it brings further."""
        hiding: CompiledRule | None = None
        answers: list[int] = []
        for index, (rule, selector) in enumerate(self._selectors):
            progress = self._progress[index]
            if selector[progress].matches(name, held):
                if progress < len(selector) - 1:
                    answers.append(index)
                elif hiding is None:
                    hiding = rule
        return hiding, answers

    def may_hide(self, name: str, held: Attributes) -> bool:
        """Say whether a rule hides this element, in this place or another.

        A browser can put it in another: it opens formatting again where that was cut.
        """
        return any(selector[-1].matches(name, held) for _, selector in self._selectors)

    def may_matter(self, name: str, held: Attributes) -> bool:
        """Say whether an answer hangs on where this element ends.

        Also where another element gives that answer already: it may turn out not to be open. And
        for formatting anywhere: when it is cut, a browser opens it again in other places.
        """
        return any(
            compound.matches(name, held)
            for progress, (_, selector) in zip(self._progress, self._selectors, strict=True)
            for compound in (selector if name in FORMATTING else selector[: progress + 1])
        )

    def hold_root(self, name: str, held: Attributes, *, late: bool) -> None:
        """Take the start tag of html, head or body.

        Raises:
            Unreadable: a rule hides it, or it is an answer that comes too late: a browser puts the
                attributes of a late one on the one that is open already.
        """
        for rule, selector in self._selectors:
            if selector[-1].matches(name, held):
                unreadable(f"rule {rule.id!r} hides its <{name}>")
            if late and any(compound.matches(name, held) for compound in selector):
                unreadable(f"it has a <{name}> inside of its body")

    def answer(self, selectors: list[int], depth: int | None) -> None:
        """Note that an element answers these; `depth` is None where it is never closed."""
        for selector in selectors:
            self._progress[selector] += 1
            if depth is not None:
                self.answered.append((depth, selector))

    def settle(self, depth: int) -> None:
        """Forget the answers of elements that are closed, now that only `depth` are open."""
        while self.answered and self.answered[-1][0] >= depth:
            self._progress[self.answered.pop()[1]] -= 1
