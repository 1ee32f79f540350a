"""Putting the bar's tags into an HTML document, while it streams.

They go right after the doctype, or where one could no longer come: before any byte of the app's own
markup, so there is nothing to parse and nothing to be fooled by (threat 39). What can stand before
a doctype is white space and comments (HTML, 13.2.6.4.1), and what the tokenizer takes for a comment
is more than `<!-- -->`: `<!x>`, `<?x>` and `</?>` are, and `<!-->` and `--!>` end one (13.2.5).

The output does not depend on how the input is cut. Nothing but a few undecided bytes is held back.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from gateway.errors import Unreadable

_USUAL = re.compile(rb"(?:\xef\xbb\xbf)?[\t\n\f\r ]*+<!doctype[^>\0\x1b]*+>", re.IGNORECASE)
"""How nearly all documents begin."""
_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xfe\xff", b"\xff\xfe")
_WHITE = b"\t\n\f\r "
_DOCTYPE = b"<!doctype"
# `--!>` ends a comment only when its dashes are not those of `<!--`; `-->` may share them.
_COMMENT_END = re.compile(rb"-->|(?<=..)--!>", re.DOTALL)
_TAIL = 5  # the longest part of a comment's end, lookbehind included, that a cut can leave behind


class _Within(Enum):
    START = auto()
    BETWEEN = auto()
    COMMENT = auto()
    DOCTYPE = auto()
    BOGUS = auto()
    BODY = auto()


def inject(document: bytes, snippet: bytes) -> bytes:
    """Put `snippet` into a whole document, as `Injector` does.

    Raises:
        Unreadable: as for `Injector.feed`.
    """
    usual = _USUAL.match(document)
    if usual is None:
        injector = Injector(snippet)
        return injector.feed(document) + injector.close()
    at = usual.end()
    return b"".join((document[:at], snippet, document[at:]))


class Injector:
    """Puts `snippet` into one document.

    `feed` the document in pieces of any size, `close` at its clean end; concatenate what both give.
    The document's charset must be one in which ASCII bytes are ASCII characters.
    """

    def __init__(self, snippet: bytes) -> None:
        self._snippet = snippet
        self._held = b""
        self._within = _Within.START

    def feed(self, data: bytes) -> bytes:
        """The next piece of the document.

        Raises:
            Unreadable: the document begins in an encoding in which the tags would not be read.
        """
        if self._within is _Within.BODY:
            return data
        self._held += data
        return self._advance(ended=False)

    def close(self) -> bytes:
        """The rest: for a document that ends before it begins, the tags are its body.

        Raises:
            Unreadable: as for `feed`.
        """
        return b"" if self._within is _Within.BODY else self._advance(ended=True)

    def _advance(self, *, ended: bool) -> bytes:
        """Everything of what is held that is decided; with `ended`, all of it."""
        out = bytearray()
        moved = True
        while moved and self._within is not _Within.BODY:
            moved = _STEPS[self._within](self, out, ended)
        return bytes(out)

    def _pass(self, out: bytearray, count: int) -> None:
        """Let `count` bytes go, which the app's document begins with."""
        passed, self._held = self._held[:count], self._held[count:]
        _check(passed)
        out += passed

    def _insert(self, out: bytearray) -> bool:
        out += self._snippet + self._held
        self._held = b""
        self._within = _Within.BODY
        return True

    def _start(self, out: bytearray, ended: bool) -> bool:
        marks = (_BOM, *_UTF_16)
        if not ended and any(m != self._held and m.startswith(self._held) for m in marks):
            return False
        if self._held.startswith(_UTF_16):
            raise _unreadable()
        if self._held.startswith(_BOM):
            self._pass(out, len(_BOM))
        self._within = _Within.BETWEEN
        return True

    def _between(self, out: bytearray, ended: bool) -> bool:
        self._pass(out, len(self._held) - len(self._held.lstrip(_WHITE)))
        head = self._held[: len(_DOCTYPE)].lower()
        undecided = head != _DOCTYPE and _DOCTYPE.startswith(head)
        if not ended and (undecided or head in (b"<!-", b"</")):
            return False
        if head.startswith(b"<!--"):
            self._within = _Within.COMMENT
            self._pass(out, 2)  # its own dashes may already belong to its end: `<!-->`
        elif head == _DOCTYPE:
            self._within = _Within.DOCTYPE
        elif head[:2] in (b"<!", b"<?") or (head[:2] == b"</" and not head[2:3].isalpha()):
            self._within = _Within.BOGUS
        else:
            _check(head[: 2 if head[:1] == b"<" else 1])
            return self._insert(out)
        return True

    def _comment(self, out: bytearray, ended: bool) -> bool:
        if found := _COMMENT_END.search(self._held):
            self._pass(out, found.end())
            self._within = _Within.BETWEEN
            return True
        self._pass(out, max(0, len(self._held) - (0 if ended else _TAIL)))
        return ended and self._end(out, b"-->")

    def _doctype(self, out: bytearray, ended: bool) -> bool:
        return self._to_angle(out, ended) and self._insert(out)

    def _bogus(self, out: bytearray, ended: bool) -> bool:
        if not self._to_angle(out, ended):
            return False
        self._within = _Within.BETWEEN
        return True

    def _to_angle(self, out: bytearray, ended: bool) -> bool:
        """A doctype and a bogus comment end at the first `>`, quoted or not."""
        end = self._held.find(b">") + 1
        self._pass(out, end or len(self._held))
        if not end and ended:
            out += b">"  # the browser would end it here too, and hide the tags in it
        return bool(end) or ended

    def _end(self, out: bytearray, closing: bytes) -> bool:
        out += closing
        return self._insert(out)


_STEPS = {
    _Within.START: Injector._start,
    _Within.BETWEEN: Injector._between,
    _Within.COMMENT: Injector._comment,
    _Within.DOCTYPE: Injector._doctype,
    _Within.BOGUS: Injector._bogus,
}


def _check(begin: bytes) -> None:
    """Refuse what begins in UTF-16, UTF-32 or a charset with escapes (threat 35)."""
    if b"\0" in begin or b"\x1b" in begin:
        raise _unreadable()


def _unreadable() -> Unreadable:
    return Unreadable(
        "document_unreadable",
        "The page begins in an encoding in which the bar could not be put in.",
        "Ask for this page to be served in UTF-8.",
    )
