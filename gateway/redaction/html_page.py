"""One page's tokens, sorted into what leaves and what a rule hides."""

from __future__ import annotations

import html
import re
from collections import Counter
from typing import NamedTuple

from gateway.model import Remark
from gateway.redaction.embedded import MemberGuard
from gateway.redaction.hiding import MASK, keyed_hash
from gateway.redaction.html_names import BEFORE_BODY, FORMATTING, ROOTS, names
from gateway.redaction.html_tokens import (
    MANY,
    MAX_WAITING,
    Tag,
    Tokenizer,
    keep_attributes,
    read_attributes,
    unreadable,
)
from gateway.redaction.html_tree import OpenElements
from gateway.redaction.rules import CompiledRule, Selection
from gateway.redaction.selectors import Attributes, Selector

_SHELL = names(
    "class id name type form for role dir lang hidden tabindex colspan rowspan headers scope"
)
"""Attributes that a hidden element may keep: none of them holds a value that a person reads."""
_FIELDS = names("input textarea select button fieldset")
_PROGRAM = names("script style")
_MARKUP = re.compile(r"<[A-Za-z!?/]")


class _Hidden(NamedTuple):
    """The element being hidden. `depth` elements are open around it; `text` is for its hash."""

    rule: CompiledRule
    name: str
    depth: int
    text: list[str]


class Page:
    """Reads the tokens of one document (see `html_tokens.Reader`)."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection
        self._selectors: list[tuple[CompiledRule, Selector]] = [
            (rule, selector) for rule in selection.rules for selector in rule.selectors
        ]
        compounds = [compound for _, selector in self._selectors for compound in selector]
        self._anchors = {compound.anchor for compound in compounds if compound.tests}
        self._bare = {compound.element for compound in compounds if not compound.tests}
        # How many leading compounds of each selector the open elements answer, and what to set
        # back when an element that answered one is closed: (depth around it, selector).
        self._progress = [0] * len(self._selectors)
        self._answered: list[tuple[int, int]] = []
        self._guard = MemberGuard(selection)
        self._open = OpenElements()
        self._hidden: _Hidden | None = None
        self._judged: dict[str, bool] = {}
        self._hits: Counter[str] = Counter()
        self._raw_name = ""
        self._in_body = False
        self._gathered = 0
        self._leaving: list[str] = []

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What each rule that hit has hidden so far."""
        return tuple(
            Remark(rule=rule.id, category=rule.category, count=self._hits[rule.id])
            for rule in self._selection.rules
            if self._hits[rule.id]
        )

    def take(self) -> str:
        """Return what may leave and has not yet."""
        leaving = "".join(self._leaving)
        self._leaving.clear()
        self._guard.check(leaving)
        return leaving

    def close(self) -> None:
        """Say that the document has ended."""
        if self._hidden is not None:
            self._end_hidden(self._hidden)

    def text(self, text: str) -> None:
        """Take a piece of text between tags."""
        if self._hidden is None:
            self._leaving.append(text)
        else:
            self._gather(self._hidden, text)

    def aside(self, text: str) -> None:
        """Take a comment, a doctype, or what browsers take for a comment."""
        if self._open.in_noscript:
            self._hold_noscript(text)
        if self._hidden is None and "<" not in text[1:]:
            self._leaving.append(text)

    def raw(self, text: str) -> None:
        """Take the content of the raw-text element that has just started."""
        if self._open.in_noscript:
            self._hold_noscript(text)
        if self._open.in_doubt and _MARKUP.search(text):
            unreadable(f"browsers could read the content of a <{self._raw_name}> in two ways")
        if self._hidden is None and self._raw_name not in _PROGRAM:
            self._look_into(text)
        self.text(text)

    def start(self, tag: Tag) -> None:
        """Take a start tag."""
        name = tag.name
        elements = self._open
        if elements.in_noscript:
            self._hold_noscript(tag.text)
        self._raw_name = name
        if elements.make_way(name):
            self._settle()
        if self._concerns(tag):
            self._start_concerned(tag)
        else:
            elements.open(name, self_closing=tag.text.endswith("/>"))
            if self._hidden is None:
                self._leaving.append(tag.text)
        if name not in BEFORE_BODY:
            self._in_body = True
        elif name == "frameset" and self._in_body:
            unreadable("it has a <frameset> inside of its body")

    def end(self, tag: Tag) -> None:
        """Take an end tag."""
        if self._open.in_noscript:
            self._hold_noscript(tag.text[len("</") :])
        self._open.close(tag.name)
        hidden = self._hidden
        if hidden is not None or self._answered:
            self._settle()
        if self._hidden is not None:
            return
        own = hidden is not None and (hidden.depth, hidden.name) == (self._open.depth, tag.name)
        if hidden is None or not own or hidden.rule.action != "remove":
            self._leaving.append(tag.text)

    def _concerns(self, tag: Tag) -> bool:
        """Say whether a selector could match this start tag, or its attributes hold markup."""
        concerns = self._judged.get(tag.text)
        if concerns is None:
            folded = tag.attributes.casefold()
            concerns = (
                tag.name in self._bare
                or "&" in folded
                or "<" in folded
                or any(anchor in folded for anchor in self._anchors)
            )
            if len(self._judged) < MANY:
                self._judged[tag.text] = concerns
        return concerns

    def _start_concerned(self, tag: Tag) -> None:
        elements = self._open
        depth = elements.depth
        name = "img" if tag.name == "image" and not elements.in_foreign else tag.name
        held = read_attributes(tag.attributes)
        if name in ROOTS:
            self._hold_roots(name, held)
        rule, answers = self._ask(name, held)
        opened = elements.open(tag.name, self_closing=tag.text.endswith("/>"))
        if opened and self._may_matter(name, held):
            elements.watch()
        for selector in answers:
            self._progress[selector] += 1
            if opened:
                self._answered.append((depth, selector))
        if self._hidden is not None:
            return
        if rule is not None:
            self._hide(rule, name, tag.attributes, depth if opened else None)
            return
        for value in held.values():
            self._look_into(value)
        self._leaving.append(tag.text)

    def _ask(self, name: str, held: Attributes) -> tuple[CompiledRule | None, list[int]]:
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

    def _may_matter(self, name: str, held: Attributes) -> bool:
        """Say whether an answer hangs on where this element ends.

        Also where another element gives it already: that one may turn out not to be open. And
        where formatting is not in place for it: when it is cut, a browser opens it in other places.
        """
        return any(
            compound.matches(name, held)
            for index, (_, selector) in enumerate(self._selectors)
            for compound in (
                selector if name in FORMATTING else selector[: self._progress[index] + 1]
            )
        )

    def _hold_roots(self, name: str, held: Attributes) -> None:
        """Block a page that is hidden as a whole, or that a rule's answer surrounds too late."""
        for rule, selector in self._selectors:
            if selector[-1].matches(name, held):
                unreadable(f"rule {rule.id!r} hides its <{name}>")
            # A browser puts the attributes of a late <body> on the one that is open already.
            if self._in_body and any(compound.matches(name, held) for compound in selector):
                unreadable(f"it has a <{name}> inside of its body")

    def _hide(self, rule: CompiledRule, name: str, attributes: str, depth: int | None) -> None:
        """Begin to hide an element; it has no content when `depth` is None."""
        self._hits[rule.id] += 1
        if depth is not None:
            self._hidden = _Hidden(rule, name, depth, [])
        if rule.action == "remove":
            return
        shell = f"<{name}{keep_attributes(attributes, _SHELL)}"
        if name in _FIELDS:
            shell += " disabled"
        if name == "input":
            value = read_attributes(attributes).get("value", "")
            shell += f' value="{self._stand_in(rule, value)}"'
        self._leaving.append(f"{shell} />" if depth is None else f"{shell}>")

    def _settle(self) -> None:
        """Let go of what has been closed."""
        depth = self._open.depth
        while self._answered and self._answered[-1][0] >= depth:
            self._progress[self._answered.pop()[1]] -= 1
        if self._hidden is not None and self._hidden.depth >= depth:
            self._end_hidden(self._hidden)

    def _end_hidden(self, hidden: _Hidden) -> None:
        self._hidden = None
        if hidden.rule.action != "remove" and hidden.name not in _PROGRAM:
            self._leaving.append(self._stand_in(hidden.rule, "".join(hidden.text)))

    def _gather(self, hidden: _Hidden, text: str) -> None:
        if hidden.rule.action == "hash":
            hidden.text.append(text)
            self._gathered += len(text)
            if self._gathered > MAX_WAITING:
                unreadable("it has more text to hash than is kept")

    def _stand_in(self, rule: CompiledRule, text: str) -> str:
        if rule.action == "mask":
            return MASK
        return keyed_hash(self._selection.hash_key, html.unescape(text).strip())

    def _look_into(self, text: str) -> None:
        """Block markup that is not part of the page, but could be made so, with a hit in it."""
        markup = html.unescape(text) if "&" in text else text
        if "<" in markup:
            page = Page(self._selection)
            Tokenizer(page).feed(markup)
            if page.remarks:
                unreadable("the markup in an attribute or a text field holds a hidden element")

    def _hold_noscript(self, text: str) -> None:
        """Block what a browser that runs scripts ends at once, and another one does not."""
        if "</noscript" in text.lower():
            unreadable("a <noscript> of it can end in two places")
