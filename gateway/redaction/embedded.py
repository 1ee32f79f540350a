"""One format inside the other: what no selector reaches, and no JSONPath.

Legacy pages carry data in scripts (`window.state = {...}`) and attributes (`data-props="{...}"`);
legacy APIs carry fragments of pages and whole JSON documents in their strings. Neither can be
redacted there with certainty. So what is about to leave with a JSON member, or with an element,
that a rule hides is blocked; a rule that removes what carries it lets the rest through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from msgspec.json import decode

from gateway.errors import Unreadable
from gateway.redaction.html_page import holds_hit
from gateway.redaction.plain import Fault
from gateway.redaction.rules import Selection

_QUOTE = r"""["']|u0022|x22"""
_OTHER_QUOTE = r"&(?:amp;)*(?:quot|apos|\#0*3[49]|\#x0*2[27]);?|%22"
_OPENS_ESCAPED = rf"(?:\\(?:{_QUOTE})|{_OTHER_QUOTE})"
"""The last of its backslashes is enough: a long run of them, read from each of its places, would
take minutes (law 10)."""
_OPENS = rf"(?:[\"']|{_OPENS_ESCAPED})"
_OPENS_IN_STRING = rf"(?:'|{_OPENS_ESCAPED})"
_CLOSES = rf"(?:[\"']|\\+(?:{_QUOTE})|{_OTHER_QUOTE})"
_ARROW = r"=(?:>|&gt;|\\+(?:u003e|x3e)|%3e)"
"""A colon as Ruby and PHP print it."""
_COLON = rf"\s{{0,32}}(?::|{_ARROW}|&colon;|&\#0*58;|&\#x0*3a;|\\+(?:u003a|x3a)|%3a)"
_QUOTES_BEGIN = b"\\&%'"
_AMPERSAND, _LESS = b"&<"
"""As numbers: that a text lacks one is shown three times faster than with bytes."""
_TAG = re.compile(rb"<[A-Za-z&]")
_ESCAPED_TAG = re.compile(rb"&(?:#|lt|LT|nvlt)")
"""How a start tag begins; a character reference after its "<" may be its first letter. The second
is how every reference begins that stands for a "<"."""
_AROUND = 128
"""More than the longest spelling of quotes, white space and colon around a name."""
_LETTER = 64
"""More than the longest spelling of one letter of a name."""
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")


class MemberGuard:
    """Reads the text of one page or script as it leaves.

    Args:
        selection: the rules that apply.
        fault: what blocks it.
    """

    def __init__(self, selection: Selection, fault: Fault) -> None:
        self._fault = fault
        self._members = tuple(_member(name, _OPENS) for name in selection.names)
        self._overlap = max(map(len, selection.names), default=0) * _LETTER + _AROUND
        self._before = ""

    def check(self, text: str) -> None:
        """Take the next text.

        Raises:
            Unreadable: a member that a rule hides leaves with it.
        """
        if not self._members:
            return
        seen = self._before + text
        for member in self._members:
            if member.is_in(seen):
                self._fault(f"it carries the hidden field {member.name!r} as a JSON member")
        self._before = seen[-self._overlap :]


def check_json(text: bytes, selection: Selection) -> None:
    """Read a JSON text that is about to leave.

    Args:
        text: without a backslash-u for a character that JSON can hold as it is. So what none of
            its bytes show is in none of its strings.
        selection: the rules that apply.

    Raises:
        Unreadable: a string in it carries a member or an element that a rule hides.
    """
    if any(map(text.__contains__, _QUOTES_BEGIN)):
        readable = text.decode(errors="replace")
        for name in selection.names:
            member = _member(name, _OPENS_IN_STRING)
            if member.is_in(readable):
                raise _carried("a field")
    if (_LESS in text or _AMPERSAND in text) and _may_hold_element(text, selection):
        for string in _strings(decode(text)):
            try:
                carries = holds_hit(string, selection)
            except Unreadable as fault:
                raise _carried("markup, perhaps with an element") from fault
            if carries:
                raise _carried("an element")


def _may_hold_element(text: bytes, selection: Selection) -> bool:
    """Say whether a string of a JSON text could hold a start tag that rules look at.

    As it is, or unescaped once.
    """
    starts = _TAG.search(text) or _ESCAPED_TAG.search(text)
    return starts is not None and any(rule.selectors for rule in selection.rules)


def _strings(value: Any) -> Iterator[str]:
    waiting = [value]
    for value in waiting:  # grows while it is read, so depth costs no stack
        if type(value) is str:
            yield value
        elif type(value) is dict:
            waiting += value.values()
        elif type(value) is list:
            waiting += value


class _Member(NamedTuple):
    """How the member of one name is written; `anchor` and `end` are quickly found not to be there.

    In every spelling is the `anchor`, and `end` finds the end.
    """

    name: str
    anchor: str
    end: re.Pattern[str]
    pattern: re.Pattern[str]

    def is_in(self, text: str) -> bool:
        """Say whether a text carries the member."""
        return (
            self.anchor in text
            and self.end.search(text) is not None
            and self.pattern.search(text) is not None
        )


@lru_cache(maxsize=1024)
def _member(name: str, opens: str) -> _Member:
    anchor = max(_BEYOND_ASCII.split(name), key=len)
    end = re.escape(anchor) + (f"(?i:{_CLOSES}{_COLON})" if name.isascii() else "")
    spelled = "".join(map(_letter, name))
    pattern = re.compile(rf"{opens}{spelled}{_CLOSES}{_COLON}", re.IGNORECASE)
    return _Member(name, anchor, re.compile(end), pattern)


def _letter(letter: str) -> str:
    """A pattern of the spellings of one letter: many writers of JSON and pages keep to ASCII."""
    if letter.isascii():
        return re.escape(letter)
    units = letter.encode("utf-16-be").hex()
    escaped = "".join(rf"\\+u{units[at : at + 4]}" for at in range(0, len(units), 4))
    percent = "".join(f"%{byte:02x}" for byte in letter.encode())
    number = ord(letter)
    short = rf"|\\+x{number:02x}" if number < 0x100 else ""
    reference = rf"&(?:amp;)*(?:\#0*{number}|\#x0*{number:x}|[a-z]\w{{1,31}});?"
    return f"(?:{letter}|{escaped}{short}|{percent}|{reference})"


def _carried(what: str) -> Unreadable:
    return Unreadable(
        "json_carries_hidden",
        f"A text in the app's answer carries {what} that is hidden here, and cannot be redacted.",
        "Tell who runs the gateway: a redaction rule has to remove that text.",
    )
