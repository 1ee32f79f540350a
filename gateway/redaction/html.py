"""HTML bodies, redacted while they stream: what no rule hits leaves byte for byte.

Actions: `remove` drops the element with all that is in it. `mask` keeps an empty shell of it, with
"•••" inside; `hash` keeps the shell with a keyed hash of its text, or of an input's `value`. The
shell has only attributes that lay the page out or name a form field, and such a field is disabled:
saving the form must not write the mask over the value.

Selectors see elements. So that nothing they would hit hides elsewhere, comments whose markup may
hold a hit are dropped, and a page is `Unreadable` when an element that a rule hides stands in the
markup of an attribute or a text field, when a JSON member that a rule hides is written into the
page, or when browsers could disagree on where a hidden element ends. What scripts hold as program
text beyond that is for a rule to remove, by a selector of the script.

Where browsers could disagree on anything, and nothing was met yet that a rule may hide, the rest of
a page waits for its end. It leaves as it is when it provably holds nothing that rules hide
(`html_proof`); a page that is there as a whole, and all of which proves so, need not be read.
"""

from __future__ import annotations

from gateway.errors import Unreadable
from gateway.model import Remark
from gateway.redaction.charsets import LENIENT, Text
from gateway.redaction.embedded import MemberGuard
from gateway.redaction.html_match import selectors_of
from gateway.redaction.html_page import Page
from gateway.redaction.html_tokens import MAX_WAITING, Tokenizer, unreadable
from gateway.redaction.rules import Selection


class HtmlRedactor:
    """Redacts one document.

    Args:
        selection: the rules that apply; all of them have selectors.
        codec: of the charset that `text_encoding` found.
    """

    def __init__(self, selection: Selection, codec: str) -> None:
        self._text = Text(codec)
        self._page = Page(selection)
        self._tokenizer = Tokenizer(self._page)
        self._members = MemberGuard(selection, unreadable)
        self._selection = selection
        self._doubt: Unreadable | None = None
        self._rest: list[str] = []
        self._size = 0
        self._sound = True

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes of the body; return what may leave by now.

        Raises:
            Unreadable: the page cannot be read with certainty. Nothing more comes out, so what has
                left must not be ended as if it were complete.
        """
        return self._run(data, last=False)

    def close(self) -> bytes:
        """Say that the body has ended; return the rest.

        Raises:
            Unreadable: as `feed`, or the page ends inside a tag, a comment or a script.
        """
        return self._run(b"", last=True)

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What each rule that hit has hidden so far."""
        return self._page.remarks

    def _run(self, data: bytes, *, last: bool) -> bytes:
        if not self._sound:
            unreadable("it was given up on before")
        self._sound = False
        text = self._text.read(data, last=last)
        if self._doubt is None:
            try:
                self._cut(text, last=last)
            except Unreadable as doubt:
                if self._page.met:
                    raise
                self._doubt, text = doubt, self._tokenizer.waiting
        if self._doubt is not None:
            self._wait(text, self._doubt)
        leaving = self._page.take()
        if last and self._rest:
            leaving += self._let_go()
        self._members.check(leaving)
        self._sound = True
        return self._text.write(leaving)

    def _cut(self, text: str, *, last: bool) -> None:
        try:
            self._tokenizer.feed(text)
            if last:
                self._tokenizer.close()
                self._page.close()
        except RecursionError:  # markup in an attribute of markup in an attribute...
            unreadable("markup is nested too deeply in its attributes")

    def _wait(self, text: str, doubt: Unreadable) -> None:
        """Keep what cannot be cut with certainty."""
        self._rest.append(text)
        self._size += len(text)
        if self._size > MAX_WAITING:
            raise doubt

    def _let_go(self) -> str:
        """Give what could not be cut, if it provably has nothing to hide."""
        rest = "".join(self._rest)
        if self._doubt is not None and not _spared(rest, self._selection):
            raise self._doubt
        return rest


def leaves_as_it_is(body: bytes, selection: Selection, codec: str) -> bool:
    """Say whether all of a page would leave as it is; False says nothing.

    Raises:
        Unreadable: none of it may.
    """
    if codec not in LENIENT or len(body) > MAX_WAITING:
        return False
    text = body.decode(codec, "surrogateescape")
    if not _spared(text, selection):
        return False
    MemberGuard(selection, unreadable).check(text)
    return True


def _spared(text: str, selection: Selection) -> bool:
    return selectors_of(selection).hidden.none_in(text.casefold())
