"""HTML cut into tokens as a browser's tokenizer cuts it (HTML, 13.2.5), while it streams in.

Tokens keep their text, so that what nobody touches leaves as it came. The content of an element
that holds raw text (a script, a `<textarea>`) is one token. A token that the input has not ended
yet waits; at most `MAX_WAITING` characters do. What cannot be cut with certainty is `Unreadable`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Final, NoReturn, Protocol

from gateway.errors import Unreadable
from gateway.model import Frozen
from gateway.wire.memory import Memory

MAX_WAITING = 4 * 1024 * 1024
"""Characters of one token. A picture in a `data:` URL is the longest that pages are made of."""

_B = r"\t\n\f\r "  # white space to HTML; the input's CR and LF are alike to it
_NAME = rf"[^{_B}/>][^{_B}/>=]*+"
_VALUE = rf"\"[^\"]*+\"|'[^']*+'|[^{_B}>\"'][^{_B}>]*+|(?=>)"
# A name is without a value only where no "=" follows: a quote that is still open must not be cut.
_EQUALS_VALUE = rf"[{_B}]*+=[{_B}]*+(?:{_VALUE})|(?![{_B}]*+=)"
TAG = re.compile(
    rf"<(/?)([A-Za-z][^{_B}/>]*+)((?:[{_B}/]*+{_NAME}(?:{_EQUALS_VALUE}))*+)([{_B}/]*+)>"
)
ATTRIBUTE = re.compile(rf"[{_B}/]*+({_NAME})(?:[{_B}]*+=[{_B}]*+({_VALUE}))?+")
COMMENT_START = "<!--"
_EMPTY_COMMENTS = ("<!-->", "<!--->")
_COMMENT_END = re.compile(r"--!?>")
LONGEST_COMMENT_END = len("--!>")
_CDATA = "<![CDATA["
_UNDECIDED = {text[:size] for text in ("</", "<!--", _CDATA) for size in range(1, len(text))} | {
    "</"
}
PLAIN_ONLY = "plaintext"
RAW_END = {
    name: re.compile(rf"</{name}(?=[{_B}/>])", re.ASCII | re.IGNORECASE)
    for name in ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
}
LONGEST_RAW_END = len("</textarea>")
_DOUBLE_ESCAPED = re.compile(rf"<!--.*<script[{_B}/>]", re.ASCII | re.DOTALL | re.IGNORECASE)
_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


class Tag(Frozen, frozen=True, kw_only=True, eq=False):
    """A start or end tag, one for all places where it stands.

    `name` is in lower case, `attributes` as sent (see `read_attributes`). `special`: what follows
    its start tag is not cut into tags.
    """

    text: str
    ends: bool
    name: str
    attributes: str
    self_closing: bool
    special: bool = False


class Reader(Protocol):
    """Takes the tokens of one document in order; their texts, joined, are the document."""

    def text(self, text: str) -> None:
        """Take a piece of text between tags."""

    def raw(self, text: str) -> None:
        """Take the whole content of the raw-text element whose start tag came just before."""

    def start(self, tag: Tag) -> None:
        """Take a start tag."""

    def end(self, tag: Tag) -> None:
        """Take an end tag."""

    def aside(self, text: str) -> None:
        """Take a comment, a doctype, or what browsers take for a comment."""


class Tokenizer:
    """Cuts one document for one reader."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._waiting = ""
        self._late: list[str] = []
        self._size = 0
        self._raw = ""
        self._searched = 0

    @property
    def waiting(self) -> str:
        """What was not handed on yet; after an `Unreadable`, from the token that raised it."""
        return "".join((self._waiting, *self._late))

    def feed(self, text: str) -> None:
        """Hand on the tokens that this text completes.

        Raises:
            Unreadable: a token is too long, or the document cannot be cut with certainty.
        """
        self._size += len(text)
        self._late.append(text)
        # A tag, a comment or a script that waits ends with ">", so nothing else is tried for.
        if len(self._waiting) < len(_CDATA) or ">" in text:
            document = self.waiting
            self._late = []
            self._waiting = document
            self._cut(document)
            self._size = len(self._waiting)
        if self._size > MAX_WAITING:
            unreadable("one of its tags, comments or scripts is too long")

    def close(self) -> None:
        """Say that the document has ended.

        Raises:
            Unreadable: it ends inside a tag, a comment or an element of raw text.
        """
        rest = self.waiting
        if self._raw or (rest and rest != "<"):
            unreadable("it ends inside a tag, a comment or a script")
        if rest:
            self._reader.text(rest)

    def _cut(self, document: str) -> None:
        """Hand on the complete tokens, and keep the rest waiting."""
        find, size = document.find, len(document)
        text, start, end = self._reader.text, self._reader.start, self._reader.end
        at = 0
        try:
            while at < size:
                if self._raw:
                    after = self._cut_raw(document, at)
                    if after < 0:
                        return
                    at = after
                opening = find("<", at)
                if opening != at:
                    opening = opening if opening >= 0 else size
                    text(document[at:opening])
                    at = opening
                    if at == size:
                        return
                # Pages repeat their tags, so each is looked up before it is read.
                after = find(">", at) + 1
                tag = _KNOWN[document[at:after]]
                if tag is None:
                    tag = _tag(document, at)
                    after = at + len(tag.text) if tag is not None else self._cut_other(document, at)
                if tag is None:
                    if after < 0:
                        return
                    at = after
                elif tag.ends:
                    end(tag)
                    at = after
                else:
                    start(tag)
                    at = after
                    if tag.special:
                        self._start_special(tag.name)
        finally:
            self._waiting = document[at:]

    def _start_special(self, name: str) -> None:
        if name == PLAIN_ONLY:
            unreadable("it holds <plaintext>")
        self._raw = name

    def _cut_raw(self, document: str, at: int) -> int:
        """Hand on raw text; return its end, or -1 when it is not there yet."""
        end = RAW_END[self._raw].search(document, at + self._searched)
        if end is None:
            self._searched = max(0, len(document) - at - LONGEST_RAW_END)
            return -1
        self._searched = 0
        content = document[at : end.start()]
        # Inside "<!-- <script>" the next </script> is not the end (HTML, 13.2.5.26).
        if self._raw == "script" and _DOUBLE_ESCAPED.search(content):
            unreadable("a script of it holds the start of another one in a comment")
        self._reader.raw(content)
        self._raw = ""
        return end.start()

    def _cut_other(self, document: str, at: int) -> int:
        """Hand on what begins with "<" and is no complete tag; return its end, or -1."""
        start = document[at : at + len(_CDATA)]
        if (
            start in _UNDECIDED
            or (start[1] == "/" and _is_letter(start[2]))
            or _is_letter(start[1])
        ):
            return -1
        if start[1] not in "!?/":
            self._reader.text("<")
            return at + 1
        if start.startswith(COMMENT_START):
            end = end_of_comment(document, at, self._searched)
            self._searched = 0 if end > 0 else len(document) - at - LONGEST_COMMENT_END
        else:
            end = document.find(">", at) + 1 or -1
            # In svg and math this is text up to "]]>", elsewhere a comment up to ">".
            if end > 0 and start == _CDATA and not document.endswith("]]>", at, end):
                unreadable("it holds a CDATA section that can be read in two ways")
        if end > 0:
            self._reader.aside(document[at:end])
        return end


def _tag(document: str, at: int = 0) -> Tag | None:
    """Read the tag that is here; None where none is, or not all of it."""
    match = TAG.match(document, at)
    if match is None:
        return None
    slash, name, attributes, rest = match.groups()
    return Tag(
        text=match[0],
        ends=bool(slash),
        name=(lower := ascii_lower(name)),
        attributes=attributes,
        self_closing=rest.endswith("/"),
        special=lower in RAW_END or lower == PLAIN_ONLY,
    )


_KNOWN: Final = Memory(_tag, len)


def end_of_comment(document: str, at: int, searched: int) -> int:
    """Find where the comment that begins at `at` ends, -1 when that is not there yet.

    Args:
        document: the text so far.
        at: the place of its "<!--".
        searched: how many characters of it are known to hold no end. Each that comes is read once,
            however many pieces it comes in (law 10).
    """
    for empty in _EMPTY_COMMENTS:
        if document.startswith(empty, at):
            return at + len(empty)
    end = _COMMENT_END.search(document, at + max(len(COMMENT_START), searched))
    return end.end() if end is not None else -1


def read_attributes(text: str) -> dict[str, str]:
    """Read a start tag's attributes, the first of each name: name in lower case, value decoded."""
    attributes: dict[str, str] = {}
    for name, value in ATTRIBUTE.findall(text):
        if value[:1] in ('"', "'"):
            value = value[1:-1]
        attributes.setdefault(ascii_lower(name), html.unescape(value) if "&" in value else value)
    return attributes


def replace_values(text: str, replace: Callable[[str, str], str | None]) -> str:
    """Return a start tag's attributes with new values, the rest as sent.

    Args:
        text: the attributes as sent.
        replace: gives the new value for a name in lower case and a decoded value, None to keep it.
    """
    out, at = [], 0
    for match in ATTRIBUTE.finditer(text):
        value = match[2]
        if value is None:
            continue
        new = replace(ascii_lower(match[1]), html.unescape(value.strip("\"'")))
        if new is not None:
            out += [text[at : match.start(2)], f'"{html.escape(new)}"']
            at = match.end(2)
    return "".join((*out, text[at:]))


def keep_attributes(text: str, names: frozenset[str]) -> str:
    """Return of a start tag's attributes those of these names, spelled as sent."""
    kept: dict[str, str] = {}
    for name, value in ATTRIBUTE.findall(text):
        if ascii_lower(name) in names:
            kept.setdefault(ascii_lower(name), f" {name}={value}" if value else f" {name}")
    return "".join(kept.values())


def ascii_lower(text: str) -> str:
    """Lower A to Z only: to Python some other letters are upper case of ASCII ones too."""
    return text.lower() if text.isascii() else text.translate(_ASCII_LOWER)


def unreadable(why: str) -> NoReturn:
    """Block the document."""
    raise Unreadable(
        "html_unreadable",
        f"Values are hidden here, and the app's page cannot be read with certainty: {why}.",
        "Tell who runs the gateway: the app's page or the redaction rule needs a change.",
    )


def _is_letter(character: str) -> bool:
    return character.isascii() and character.isalpha()
