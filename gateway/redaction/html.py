"""HTML bodies, redacted while they stream: what no rule hits leaves byte for byte.

Actions: `remove` drops the element with all that is in it. `mask` keeps an empty shell of it, with
"•••" inside; `hash` keeps the shell with a keyed hash of its text, or of an input's `value`. The
shell has only attributes that lay the page out or name a form field, and such a field is disabled:
saving the form must not write the mask over the value.

Selectors see elements. So that nothing they would hit hides elsewhere, comments that hold markup
are dropped, and a page is `Unreadable` when an element that a rule hides stands in the markup of an
attribute or a text field, when a JSON member that a rule hides is written into the page, or when
browsers could disagree on where a hidden element ends. What scripts hold as program text beyond
that is for a rule to remove, by a selector of the script.
"""

from __future__ import annotations

from gateway.model import Remark
from gateway.redaction.charsets import Text
from gateway.redaction.embedded import MemberGuard
from gateway.redaction.html_page import Page
from gateway.redaction.html_tokens import Tokenizer, unreadable
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
        try:
            self._tokenizer.feed(self._text.read(data, last=last))
            if last:
                self._tokenizer.close()
                self._page.close()
            leaving = self._page.take()
            self._members.check(leaving)
        except RecursionError:  # markup in an attribute of markup in an attribute...
            unreadable("markup is nested too deeply in its attributes")
        self._sound = True
        return self._text.write(leaving)
