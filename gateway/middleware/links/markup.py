"""Links in an HTML document, while it streams: in attributes, scripts and styles.

Text, comments and text fields keep every byte. The document is cut as a browser cuts it; where it
cannot be (a tag that does not end within `MAX_WAITING` characters, or `<plaintext>`), the rest
keeps its bytes too: a link that is not mapped leads out of the session, and opens nothing.
"""

from __future__ import annotations

from string import ascii_letters
from typing import Final

from gateway.middleware.links.addresses import Addresses
from gateway.middleware.links.attributes import AttributeLinks
from gateway.middleware.links.text import TextLinks
from gateway.middleware.origins import Origins
from gateway.redaction.html_tokens import (
    COMMENT_START,
    LONGEST_COMMENT_END,
    LONGEST_RAW_END,
    MAX_WAITING,
    PLAIN_ONLY,
    RAW_END,
    TAG,
    ascii_lower,
    end_of_comment,
)

_WITH_LINKS: Final = frozenset(("script", "style"))


class MarkupLinks:
    """Maps the links of one document. The output does not depend on how the input is cut."""

    def __init__(self, origins: Origins, addresses: Addresses) -> None:
        self._addresses = addresses
        self._attributes = AttributeLinks(origins, addresses)
        self._step = self._markup
        self._held = ""
        self._searched = 0
        self._out: list[str] = []
        self._raw = ""
        self._inside: TextLinks | None = None

    def feed(self, text: str) -> str:
        """Take the next piece; give what is decided."""
        waits = len(self._held) > len(COMMENT_START) and self._step == self._markup
        self._held += text
        if waits and ">" not in text and len(self._held) <= MAX_WAITING:
            return ""  # the tag or comment that was begun ends with one
        return self._advance()

    def close(self) -> str:
        """Give the rest."""
        out = self._advance()
        held, self._held = self._held, ""
        if self._inside is not None:
            return out + self._inside.feed(held) + self._inside.close()
        return out + held

    def _advance(self) -> str:
        """Give all of what is held that is decided."""
        at, after = -1, 0
        while at != after:
            at, after = after, self._step(after)
        self._held = self._held[at:]
        out, self._out = self._out, []
        return "".join(out)

    def _pass(self, at: int, end: int) -> int:
        self._out.append(self._held[at:end])
        return end

    def _rest(self, at: int) -> int:
        return self._pass(at, len(self._held))

    def _markup(self, at: int) -> int:
        """Take text up to the next tag, or one tag or comment; stay where it has not ended."""
        text = self._held
        opening = text.find("<", at)
        if opening != at:
            return self._pass(at, opening if opening >= 0 else len(text))
        tag = TAG.match(text, at)
        end = tag.end() if tag is not None else self._end_of_other(text, at)
        if end - at > MAX_WAITING or (end == at and len(text) - at > MAX_WAITING):
            self._step = self._rest
            return at
        if tag is None or tag[1]:
            return self._pass(at, end)
        name = ascii_lower(tag[2])
        self._out += (f"<{tag[2]}", self._attributes.map(name, tag[3]), f"{tag[4]}>")
        if name in RAW_END:
            self._raw = name
            self._inside = TextLinks(self._addresses) if name in _WITH_LINKS else None
            self._step = self._raw_text
        elif name == PLAIN_ONLY:
            self._step = self._rest
        return end

    def _end_of_other(self, text: str, at: int) -> int:
        """Where what begins with "<" and is no complete tag ends; `at` when that is not known."""
        kind = text[at + 1 : at + 3]
        if COMMENT_START.startswith(text[at : at + 4]):
            end = end_of_comment(text, at, self._searched)
            self._searched = 0 if end > 0 else len(text) - at - LONGEST_COMMENT_END
            return end if end > 0 else at
        if kind == "/" or kind.removeprefix("/")[:1] in ascii_letters:
            return at
        if kind[0] in "!?/":
            return text.find(">", at) + 1 or at
        return at + 1

    def _raw_text(self, at: int) -> int:
        """Take the content of a script, a style or a text field, up to its end tag."""
        text = self._held
        found = RAW_END[self._raw].search(text, at)
        end = found.start() if found is not None else max(at, len(text) - LONGEST_RAW_END)
        piece = text[at:end]
        self._out.append(self._inside.feed(piece) if self._inside is not None else piece)
        if found is not None:
            if self._inside is not None:
                self._out.append(self._inside.close())
                self._inside = None
            self._step = self._markup
        return end
