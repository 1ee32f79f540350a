"""One page's tokens, sorted into what leaves and what a rule hides."""

from __future__ import annotations

import html
import re
from collections import Counter
from typing import NamedTuple

from gateway.model import Remark
from gateway.redaction.hiding import MASK, keyed_hash
from gateway.redaction.html_match import Matcher, selectors_of
from gateway.redaction.html_names import BEFORE_BODY, ROOTS, names
from gateway.redaction.html_tokens import (
    MAX_WAITING,
    Tag,
    Tokenizer,
    keep_attributes,
    read_attributes,
    unreadable,
)
from gateway.redaction.html_tree import OpenElements
from gateway.redaction.rules import CompiledRule, Selection

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
    """Reads the tokens of one document (see `html_tokens.Reader`).

    `met`: there was an element that a rule hides, or would hide in another place of the document.
    """

    def __init__(self, selection: Selection) -> None:
        self._selection = selection
        self._matcher = Matcher(selection)
        self._concerned = self._matcher.concerned
        self._open = OpenElements()
        self._hidden: _Hidden | None = None
        self.met = False
        self._hits: Counter[str] = Counter()
        self._raw_name = ""
        self._in_head = False
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
        if self._hidden is None and not may_hold(text[1:], self._selection):
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
        self._raw_name = name
        concerned = self._concerned[tag]
        if concerned or self._hidden is not None or not self._open.starts_plainly(name):
            self._start(tag, concerned=concerned)
        else:
            self._leaving.append(tag.text)
        if not self._in_body:
            self._in_head = self._in_head or name not in ROOTS
            self._in_body = name not in BEFORE_BODY

    def end(self, tag: Tag) -> None:
        """Take an end tag."""
        if self._hidden is None and self._open.ends_plainly(tag.name):
            self._leaving.append(tag.text)
            return
        if self._open.in_noscript:
            self._hold_noscript(tag.text[len("</") :])
        self._open.close(tag.name)
        hidden = self._hidden
        if hidden is not None or self._matcher.answered:
            self._settle()
            if self._hidden is not None:
                return
        if hidden is None or (hidden.depth, hidden.name) != (self._open.depth, tag.name):
            self._leaving.append(tag.text)
        elif hidden.rule.action != "remove":
            self._leaving.append(f"</{tag.name}>")

    def _start(self, tag: Tag, *, concerned: bool) -> None:
        if self._open.in_noscript:
            self._hold_noscript(tag.text)
        if tag.name == "frameset" and self._in_body:
            unreadable("it has a <frameset> inside of its body")
        if self._open.make_way(tag.name):
            self._settle()
        if concerned:
            self._start_concerned(tag)
            return
        self._open.open(tag.name, self_closing=tag.self_closing)
        if self._hidden is None:
            self._leaving.append(tag.text)

    def _start_concerned(self, tag: Tag) -> None:
        depth = self._open.depth
        name = "img" if tag.name == "image" and not self._open.in_foreign else tag.name
        held = read_attributes(tag.attributes)
        self.met = self.met or self._matcher.may_hide(name, held)
        if name in ROOTS:
            late = self._in_body if name == "body" else self._in_head
            self._matcher.hold_root(name, held, late=late)
        rule, answers = self._matcher.ask(name, held)
        opened = self._open.open(tag.name, self_closing=tag.self_closing)
        if opened and self._matcher.may_matter(name, held):
            self._open.watch()
        self._matcher.answer(answers, depth if opened else None)
        if self._hidden is not None:
            return
        if rule is not None:
            self._hide(rule, name, tag.attributes, depth if opened else None)
            return
        self._look_into(tag.attributes)
        self._leaving.append(tag.text)

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
        self._matcher.settle(depth)
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
        if holds_hit(text, self._selection):
            unreadable("the markup in an attribute or a text field holds a hidden element")

    def _hold_noscript(self, text: str) -> None:
        """Block what a browser that runs scripts ends at once, and another one does not."""
        if "</noscript" in text.lower():
            unreadable("a <noscript> of it can end in two places")


def holds_hit(text: str, selection: Selection) -> bool:
    """Say whether this text, which is not part of a page but could be made so, has a hit in it.

    Raises:
        Unreadable: that cannot be said with certainty.
    """
    markup = html.unescape(text) if "&" in text else text
    if not may_hold(markup, selection):
        return False
    page = Page(selection)
    Tokenizer(page).feed(markup)
    return bool(page.remarks)


def may_hold(markup: str, selection: Selection) -> bool:
    """Say whether an element that rules hide could be in this text, by its words alone."""
    return "<" in markup and not selectors_of(selection).hidden.none_in(markup.casefold())
