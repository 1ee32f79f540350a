"""JSON that is too large to be held, redacted while it streams.

The same rules hide the same values as in a whole document (`json.py`), in memory that does not grow
with the body: a stack as deep as the document, and one token. A value that is hashed has to be seen
as a whole, so it is bounded too. Of duplicate keys each is looked at, and all leave.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from typing import Final

from msgspec.json import decode, encode

from gateway.errors import Unreadable
from gateway.model import Remark
from gateway.redaction.charsets import Text
from gateway.redaction.embedded import check_json
from gateway.redaction.hiding import MASK, STRENGTH, keyed_hash
from gateway.redaction.json_text import Tokens, in_ascii, unreadable_json
from gateway.redaction.jsonpath import Hop
from gateway.redaction.redactor import Tally
from gateway.redaction.rules import CompiledRule, Selection

_DEEPEST: Final = 500
_CLOSES: Final = {b"{": b"}", b"[": b"]"}
_MASK: Final = encode(MASK)
_STRING: Final = b'"'

_Trail = tuple[tuple[CompiledRule, tuple[Hop, ...], int], ...]
"""Rules with a route of theirs, and how far it has been followed to some place."""


class _Container:
    """An object or array that is open. `begun`: a member or item of it has left."""

    __slots__ = ("begun", "close", "index", "trail")

    def __init__(self, opener: bytes, trail: _Trail) -> None:
        self.close = _CLOSES[opener]
        self.trail = trail
        self.index = 0
        self.begun = False


class _Hiding:
    """A value that is being hidden: it is over when the stack is as high as at its beginning."""

    __slots__ = ("height", "parts", "rule", "size")

    def __init__(self, rule: CompiledRule, height: int) -> None:
        self.rule = rule
        self.height = height
        self.parts: list[bytes] = []
        self.size = 0


class JsonStream:
    """Redacts one document.

    Args:
        selection: the rules that apply; all of them have JSONPaths.
        codec: of the body's charset; another than UTF-8 leaves in ASCII.
        cap: the largest token, and the largest value that is hashed, in bytes.

    Raises:
        Unreadable: a rule cannot be followed in a stream.
    """

    def __init__(self, selection: Selection, codec: str, cap: int) -> None:
        self._selection = selection
        self._text = Text(codec)
        self._ascii = codec != "utf-8"
        self._tokens = Tokens(cap)
        self._cap = cap
        self._names: dict[str, CompiledRule] = {}
        for rule in reversed(selection.rules):  # so that of two rules the stronger one stays
            self._names.update((each, rule) for each in rule.targets if isinstance(each, str))
        self._stack: list[_Container] = []
        self._hiding: _Hiding | None = None
        self._tally = Tally()
        self._out: list[bytes] = []
        self._begun = False
        # What the next token may be, and what is known of the value that comes next.
        self._take: Callable[[bytes], None] = self._value
        self._key = b""
        self._rule: CompiledRule | None = None
        self._trail: _Trail = tuple(
            (rule, route, 0) for rule in selection.rules for route in _routes(rule)
        )

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What each rule that hit has hidden so far."""
        return self._tally.remarks

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes; return what may leave by now.

        Raises:
            Unreadable: it is not one JSON document, or a string in it carries another format with
                something to hide in it.
        """
        return self._run(data, last=False)

    def close(self) -> bytes:
        """Say that the body has ended; return the rest.

        Raises:
            Unreadable: as `feed`, or it ends early.
        """
        out = self._run(b"", last=True)
        if self._stack or self._take != self._after:
            raise unreadable_json()
        return out

    def _run(self, data: bytes, *, last: bool) -> bytes:
        text = self._text.read(data, last=last).encode(errors="surrogateescape")
        if text and not self._begun:
            self._begun, text = True, text.removeprefix(codecs.BOM_UTF8)
        self._out.clear()
        try:
            for token in self._tokens.feed(text, last=last):
                self._take(token)
        except ValueError as fault:
            raise unreadable_json() from fault
        out = b"".join(self._out)
        return in_ascii(out) if self._ascii else out

    def _value(self, token: bytes) -> None:
        self._begin()
        if token in _CLOSES:
            if len(self._stack) == _DEEPEST:
                raise ValueError("too deep")
            self._emit(token)
            self._stack.append(_Container(token, () if self._hiding else self._trail))
            self._take = self._first_member if token == b"{" else self._first_item
        elif token in b"]},:":
            raise ValueError("a value is missing")
        else:
            self._emit(token)
            self._ended(token)

    def _first_member(self, token: bytes) -> None:
        (self._after if token == b"}" else self._member)(token)

    def _member(self, token: bytes) -> None:
        if not token.startswith(_STRING):
            raise ValueError("a name is missing")
        self._look(decode(token, type=str), token)
        self._take = self._colon

    def _colon(self, token: bytes) -> None:
        if token != b":":
            raise ValueError("a colon is missing")
        self._take = self._value

    def _first_item(self, token: bytes) -> None:
        if token == b"]":
            self._after(token)
        else:
            self._look(0, b"")
            self._value(token)

    def _after(self, token: bytes) -> None:
        if not self._stack:
            raise ValueError("text after the document")
        container = self._stack[-1]
        if token == container.close:
            self._stack.pop()
            self._emit(token)
            self._ended(token)
        elif token != b",":
            raise ValueError("a comma is missing")
        elif container.close == b"}":
            self._take = self._member
        else:
            container.index += 1
            self._look(container.index, b"")
            self._take = self._value

    def _look(self, child: str | int, spelled: bytes) -> None:
        """Find the rule that hides a child of the innermost container, and what goes on in it."""
        self._key = spelled
        self._rule = self._names.get(child) if isinstance(child, str) else None
        followed: dict[tuple[int, int], tuple[CompiledRule, tuple[Hop, ...], int]] = {}
        for rule, route, at in self._stack[-1].trail:
            if route[at].takes(child):
                if at + 1 < len(route):
                    followed[id(route), at + 1] = (rule, route, at + 1)
                elif self._rule is None or STRENGTH[rule.action] < STRENGTH[self._rule.action]:
                    self._rule = rule
            if route[at].deep:
                followed[id(route), at] = (rule, route, at)
        self._trail = tuple(followed.values())

    def _begin(self) -> None:
        """Write what comes before a value, unless nothing of it shall be seen."""
        rule = None if self._hiding else self._rule
        if self._stack and (rule is None or rule.action != "remove"):
            container = self._stack[-1]
            if container.begun:
                self._emit(b",")
            if self._key:
                self._emit(self._key)
                self._emit(b":")
            container.begun = True
        self._rule = None
        if rule is not None:
            self._hiding = _Hiding(rule, len(self._stack))

    def _ended(self, last_token: bytes) -> None:
        """Write the stand-in of a value that was hidden, once it is over."""
        self._take = self._after
        hiding = self._hiding
        if hiding is None or len(self._stack) > hiding.height:
            return
        self._hiding = None
        rule = hiding.rule
        self._tally.add([Remark(rule=rule.id, category=rule.category, count=1)])
        is_text = last_token.startswith(_STRING)
        if rule.action == "mask":
            self._emit(_MASK if is_text else b"null")
        elif rule.action == "hash":
            value = b"".join(hiding.parts)
            text = decode(value, type=str) if is_text else value.decode()
            self._emit(encode(keyed_hash(self._selection.hash_key, text)))

    def _emit(self, token: bytes) -> None:
        hiding = self._hiding
        if hiding is None:
            if token.startswith(_STRING):
                check_json(token, self._selection)
            self._out.append(token)
        elif hiding.rule.action == "hash":
            hiding.parts.append(token)
            hiding.size += len(token)
            if hiding.size > self._cap:
                raise ValueError("a value that is hashed is too large")


def _routes(rule: CompiledRule) -> tuple[tuple[Hop, ...], ...]:
    if rule.routes is None:
        raise Unreadable(
            "json_too_large",
            "The app's answer is too large to be read as a whole, which a rule here needs.",
            f"Tell who runs the gateway: rule {rule.id} counts from the end of an array.",
        )
    return rule.routes
