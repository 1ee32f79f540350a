"""How a body begins, behind whatever blanks and comments: this closes doors, and opens none.

A type that is passed, or read as a page, is not believed of a body that begins like data which is
redacted elsewhere (threat 31). Blanks and comments before and between its first tokens are skipped
while they come, whatever their length, so a look costs a kilobyte of memory.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.errors import Unreadable

_ENOUGH: Final = 1024
_MOST_COMMENTS: Final = 20_000
"""Each costs a few microseconds (law 10)."""
_AHEAD: Final = 4
"""Bytes that tell what begins: `<!--` is the longest."""
_BLANKS: Final = re.compile(  # ECMA-262, 12.2 and 12.3, in UTF-8 and Latin-1
    rb"(?:[\s\xa0]|\xc2\xa0|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f"
    rb"|\xe3\x80\x80|\xef\xbb\xbf)+"
)
_LINE: Final = re.compile(rb"[\r\n]|\xe2\x80[\xa8\xa9]")
_COMMENTS: Final = (  # how each begins and ends; the last two are ECMA-262's HTML-like ones, B.1.1
    (b"/*", re.compile(rb"\*/")),
    (b"//", _LINE),
    (b"#!", _LINE),
    (b"-->", _LINE),
    (b"<!--", _LINE),
)
_STRING: Final = re.compile(rb"""(["'])(?:\\.|(?!\1)[^\\\r\n]){0,500}+\1""", re.DOTALL)
_PLAIN: Final = re.compile(rb"""[^\s\xa0\xc2\xe1\xe2\xe3\xef/#<"'-]+""")
_TOLD: Final = re.compile(
    rb"<.|[^\w${\[)<;\\\x80-\xff]|(?!typeof\b)[\w$.]+(?: [\w$]| ?[]=,;:+*{}!<>|)\"'-])"
    rb"|.*[\x01-\x08\x0e-\x1f]",
    re.DOTALL,
)
"""Beginnings after which nothing can follow that would change what is said of them."""

_NAME: Final = rb"(?:[\w$.?\\\x80-\xff]++|(?<=u)\{[0-9a-fA-F]*\}|(?<=[^ ])\[[^]]*\])++"
_CALL: Final = (
    rb"[; ]*+(?:(?:typeof ?\(? ?" + _NAME + rb" ?\)? ?===? ?[\"']function[\"']|" + _NAME + rb")"
    rb" ?&& ?)*+" + _NAME + rb" ?\( ?"
)
_LOOKS_LIKE_JSON: Final = re.compile(
    rb"\)\]\}'|(?:while|for) ?\((?:[ \d;]*|true)\)|throw 1|"  # guards against being run
    rb'\{ ?["}]|\[ ?(?:[]["{\d-]|true|false|null)'
)
_ENDLESS_NAME: Final = rb"""|[\w$.\[\]"']{%d}""" % (_ENOUGH - 64)
_LOOKS_LIKE_CALL: Final = re.compile(_CALL + rb"""(?:[)\[{"\d-]|true|false|null)""" + _ENDLESS_NAME)
_LOOKS_LIKE_JSONP: Final = re.compile(_CALL + rb"""(?:\[ ?)?\{ ?["']""" + _ENDLESS_NAME)
_LOOKS_LIKE_MARKUP: Final = re.compile(rb"<[a-z!?/]", re.IGNORECASE)
_OTHER_FILES: Final = (b"%PDF", b"{\\rtf", b"PK\x03\x04", b"%!PS")


class Look:
    """Looks at a body's first bytes: `feed` it until there is `enough`, or the body has ended.

    Args:
        cap: how many bytes it may take.
    """

    def __init__(self, cap: int) -> None:
        self._left = cap
        self._comments_left = _MOST_COMMENTS
        self._start = bytearray()
        self._rest = b""
        self._until: re.Pattern[bytes] | None = None
        self.enough = False

    def feed(self, data: bytes) -> None:
        """Take the body's next bytes.

        Raises:
            Unreadable: there are too many comments, or nothing but blanks and comments in all that
                it may take.
        """
        if self.enough:
            return
        self._rest += data[: self._left].replace(b"\0", b"")  # UTF-16 text under another type
        self._read(ended=False)
        if len(data) > self._left and not self.enough:
            raise _too_blank()
        self._left -= len(data)

    def end(self) -> None:
        """Say that the body has ended."""
        if not self.enough:
            self._read(ended=True)
        self.enough = True

    @property
    def json(self) -> bool:
        """It begins like a JSON document, or like what keeps one from being run as a script."""
        return _LOOKS_LIKE_JSON.match(self._start) is not None

    @property
    def call(self) -> bool:
        """It begins like a call of a function with JSON, as many scripts do, and all of JSONP."""
        return _LOOKS_LIKE_CALL.match(self._start) is not None

    @property
    def jsonp(self) -> bool:
        """It begins like a call of a function with an object's JSON, as scripts do not."""
        return _LOOKS_LIKE_JSONP.match(self._start) is not None

    @property
    def markup(self) -> bool:
        """It begins like HTML or XML."""
        return _LOOKS_LIKE_MARKUP.match(self._start) is not None

    @property
    def file(self) -> bool:
        """It begins like a document of another kind: PDF, RTF, an archive or PostScript."""
        return self._start.startswith(_OTHER_FILES)

    def _read(self, *, ended: bool) -> None:
        least = 1 if ended else _AHEAD
        at, size = 0, len(self._rest)
        while size - at >= least and not self.enough:
            step = self._skipped if self._until is not None else self._token
            after = step(at, ended)
            if after == at:
                break
            at = after
            self.enough = self.enough or len(self._start) >= _ENOUGH
        self._rest = self._rest[at:]

    def _skipped(self, at: int, ended: bool) -> int:
        """Skip what has come of a comment, but for the beginning of its end; return where to."""
        assert self._until is not None  # noqa: S101  asked by the caller
        found = self._until.search(self._rest, at)
        if found:
            self._until = None
            return found.end()
        return len(self._rest) if ended else len(self._rest) - _AHEAD + 1

    def _token(self, at: int, ended: bool) -> int:
        """Keep the next token, or one space for what stands between two; return where it ends."""
        rest, start = self._rest, self._start
        if blank := _BLANKS.match(rest, at):
            self._space()
            return blank.end()
        for begin, end in _COMMENTS:
            if rest.startswith(begin, at) and (start or begin != b"<!--"):
                self._space()
                self._until = end
                self._comments_left -= 1
                if self._comments_left < 0:
                    raise _too_blank()
                return at + len(begin)
        token = _PLAIN.match(rest, at) or _STRING.match(rest, at)
        if token is None and rest[at] in b"\"'" and not ended and len(rest) - at < _ENOUGH:
            return at
        kept = token[0] if token else rest[at : at + 1]
        start += kept[:_ENOUGH]
        self.enough = _TOLD.match(start) is not None
        return at + len(kept)

    def _space(self) -> None:
        if self._start and not self._start.endswith(b" "):
            self._start += b" "


def _too_blank() -> Unreadable:
    return Unreadable(
        "type_unreadable",
        "Values are hidden here, and the app's answer begins with more blanks and comments than the"
        " gateway reads.",
        "Ask the platform team to raise max_readable, or to narrow the redaction rule.",
    )
