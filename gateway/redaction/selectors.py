"""The part of CSS selectors that can be decided while a page streams by.

Supported are element names, `*`, `.class`, `#id`, `[attribute]` with every operator, lists, and the
descendant combinator. Refused are `>`, `+`, `~` and pseudo-classes: they hang on a tree that only
a browser builds (it closes `<li>` and adds `<tbody>` by itself), so they could miss; for the same
reason an element that a browser adds by itself cannot be asked for by its bare name. Letter case is
ignored everywhere: a page without doctype ignores it too, and a rule that hides must not miss.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from gateway.model import Frozen

Attributes = Mapping[str, str]
"""Names in lower case, values decoded."""
_Test = Callable[[Attributes], bool]

_BLANK = "\t\n\f\r "
_ADDED_BY_BROWSERS = frozenset(("html", "head", "body", "tbody", "tr", "colgroup"))
# Said by what they are not: a class that goes up to U+10FFFF takes long to compile, in each start.
_FIRST = r"[^\x00-@\[-^`{-\x7f]"  # a letter, `_`, or what is not ASCII
_NEXT = r"[^\x00-,./:-@\[-^`{-\x7f]"  # also a digit or `-`
_NAME = rf"-?{_FIRST}{_NEXT}*"
_PART = re.compile(
    rf"""(?P<element>{_NAME}|\*)
    | \.(?P<class>{_NAME})
    | \#(?P<id>{_NEXT}+)
    | \[[{_BLANK}]*(?P<attribute>{_NAME})[{_BLANK}]*
      (?: (?P<operator>[~|^$*]?=)[{_BLANK}]*
          (?P<value>{_NAME}|"[^"\\\n]*"|'[^'\\\n]*')[{_BLANK}]*(?:[isIS][{_BLANK}]*)? )?\]
    | (?P<comma>[{_BLANK}]*,[{_BLANK}]*)
    | (?P<space>[{_BLANK}]+)""".replace("\t\n\f\r ", r"\t\n\f\r\x20"),
    re.VERBOSE,
)
_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "=": lambda held, asked: held == asked,
    "~=": lambda held, asked: asked in held.split(),
    "|=": lambda held, asked: held == asked or held.startswith(asked + "-"),
    "^=": lambda held, asked: held.startswith(asked),
    "$=": lambda held, asked: held.endswith(asked),
    "*=": lambda held, asked: asked in held,
}


class Compound(Frozen, frozen=True, kw_only=True):
    """What must hold for one element.

    `element` is None where any will do. `anchor` is case-folded text: a start tag that the
    compound can hold for has it inside, unless a character reference spells it. `class_name`: case
    folded, one of the classes that are asked for; empty without one.
    """

    element: str | None
    tests: tuple[_Test, ...]
    anchor: str
    class_name: str

    def matches(self, element: str, attributes: Attributes) -> bool:
        """Say whether it holds for an element of this lower-case name."""
        if self.element is not None and self.element != element:
            return False
        return all(test(attributes) for test in self.tests)


Selector = tuple[Compound, ...]
"""One compound for each element of a line of descent, the element to hide last."""


def compile_selector(text: str) -> tuple[Selector, ...]:
    """Compile a selector list into its selectors.

    Raises:
        ValueError: it is malformed, or uses what is not supported.
    """
    selectors: list[Selector] = []
    line: list[Compound] = []
    parts: list[re.Match[str]] = []
    stripped = text.strip(_BLANK)
    at = 0
    while at < len(stripped):
        part = _PART.match(stripped, at)
        if part is None:
            raise ValueError(f"{text!r} has {stripped[at:]!r}, which a streamed page cannot answer")
        at = part.end()
        if part["space"] is None and part["comma"] is None:
            parts.append(part)
            continue
        line.append(_compound(parts, text))
        parts = []
        if part["comma"] is not None:
            selectors.append(tuple(line))
            line = []
    line.append(_compound(parts, text))
    return (*selectors, tuple(line))


def _compound(parts: list[re.Match[str]], text: str) -> Compound:
    if not parts or any(part["element"] for part in parts[1:]):
        raise ValueError(f"{text!r} is not a CSS selector")
    name = (parts[0]["element"] or "*").lower()
    tests = [_test(part) for part in parts if not part["element"]]
    if not tests and (name == "*" or name in _ADDED_BY_BROWSERS):
        raise ValueError(f"{text!r}: {name!r} needs a class, an id or an attribute with it")
    anchors = [anchor for _, anchor in tests]
    return Compound(
        element=None if name == "*" else name,
        tests=tuple(test for test, _ in tests),
        anchor=max(anchors, key=len, default=""),
        class_name=max((part["class"] or "" for part in parts), key=len).casefold(),
    )


def _test(part: re.Match[str]) -> tuple[_Test, str]:
    """Compile one part of a compound, and find its anchor."""
    if part["class"]:
        return _compare("class", "~=", part["class"])
    if part["id"]:
        return _compare("id", "=", part["id"])
    attribute = part["attribute"].lower()
    if part["operator"] is None:
        return lambda held: attribute in held, attribute
    return _compare(attribute, part["operator"], part["value"].strip("\"'"))


def _compare(attribute: str, operator: str, asked: str) -> tuple[_Test, str]:
    holds = _OPERATORS[operator]
    asked = asked.casefold()
    # CSS: an empty ^=, $=, *= and a ~= that is empty or holds white space match nothing.
    if operator in ("^=", "$=", "*=", "~=") and (
        not asked or (operator == "~=" and asked.split() != [asked])
    ):
        raise ValueError(f"[{attribute}{operator}{asked!r}] can match nothing")

    def test(held: Attributes) -> bool:
        value = held.get(attribute)
        return value is not None and holds(value.casefold(), asked)

    return test, asked or attribute
