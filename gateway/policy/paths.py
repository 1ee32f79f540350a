"""Path patterns of rules: exact where a rule allows, any spelling where it restricts.

A pattern is written as the path is on the wire: literal segments, `*` for one segment, `**` for
any number of segments, also none. It is read in two ways (threat rows 9 to 12):

- an allowing rule matches the wire path and nothing else; its wildcards match plain segments only,
  never one that two parsers could read differently;
- a restricting rule matches whenever some app could take the path for the pattern: percent-encoding
  to any depth, case, compatibility forms, `;params`, repeated, encoded and trailing slashes,
  backslashes, trailing dots and spaces, the path behind a script (`/index.php/logout`, RFC 3875,
  4.1.5). A path that cannot be read with certainty matches every restricting pattern.

Routing is not spelling: an app that serves `/logout.json` by its `/logout` route needs a rule each.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

_WIRE = re.compile(r"/(?:[!\"$&->@-\[\]-~]|%[0-9A-Fa-f]{2})*")
_TRIPLETS = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_MALFORMED = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffd]")
_OVERLONG = re.compile(
    rb"[\xc0\xc1][\x80-\xbf]|\xe0[\x80-\x9f][\x80-\xbf]|\xf0[\x80-\x8f][\x80-\xbf]{2}"
)
_SOFT = re.compile(r"[/\\]")
_SCRIPT = re.compile(r"(?:(index|default)|.+)\.(?:php[0-9]?|phtml|jsp|as[hmp]x|f?cgi|pl|py|cfm)")
_MOST = 256  # segments, each of which is held against each part of many patterns
_DEEPEST = 8  # encodings in each other; each costs a pass over the path
# One segment that every parser reads alike: of visible ASCII all but `/` `\` `;` `%` `?` `#`, and
# nothing encoded that is a `.` `/` `;` `\` `%` or a control.
_PLAIN = (
    r"(?!\.{1,2}(?:/|\Z))"
    r"(?:[!\"$&-.0-:<=>@-\[\]-~]|%(?![01]|2[5EeFf]|3[Bb]|5[Cc]|7[Ff])[0-9A-Fa-f]{2})+"
)
_ONE_PLAIN = re.compile(_PLAIN)

ONE = "*"
DEEP = "**"


class Segment(NamedTuple):
    """A piece of a path as an app may read it.

    `text`: folded, without params. `soft`: what parts it from the previous segment is a slash only
    to some parsers. `skip`: to some parsers it is not there, such as a script that routes the path
    behind it, or a folder's index. `last`: to some the path ends with it: a semicolon follows, or
    it is a script that takes the rest as text.
    """

    text: str
    soft: bool
    skip: bool
    last: bool


class _Doubtful(Exception):
    """Parsers disagree on what this path is."""


class PathPattern:
    """One rule's path. Compiled once, immutable by convention, compared by its pattern.

    Args:
        pattern: as above.
        ending: what may follow its literal segments that have no dot, where it restricts.

    Raises:
        ValueError: the pattern could not match a wire path, or not the one its author means.
    """

    __slots__ = ("_exact", "ending", "parts", "pattern")

    def __init__(self, pattern: str, ending: re.Pattern[str] | None = None) -> None:
        self.pattern = pattern
        self.ending = ending
        if not _WIRE.fullmatch(pattern):
            raise ValueError(
                f"path {pattern!r} must begin with '/' and be written as on the wire: visible "
                "ASCII, everything else percent-encoded, no query"
            )
        pieces = pattern[1:].split("/")
        for piece in pieces:
            if "*" in piece and piece not in (ONE, DEEP):
                raise ValueError(f"path {pattern!r}: '*' and '**' stand for whole segments")
        try:
            self.parts = _folded_parts(pieces)
        except _Doubtful:
            raise ValueError(f"path {pattern!r} can be read in more than one way") from None
        self._exact: re.Pattern[str] | None = None  # compiled when it is asked: an index does not

    def __repr__(self) -> str:
        return f"PathPattern({self.pattern!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PathPattern) and other.pattern == self.pattern

    def __hash__(self) -> int:
        return hash(self.pattern)

    def matches_exactly(self, path: str) -> bool:
        """Whether the wire path is the pattern, byte for byte; for rules that allow."""
        if self._exact is None:
            self._exact = re.compile(_exact_source(self.pattern[1:].split("/")))
        return self._exact.fullmatch(path) is not None

    def matches_any_spelling(self, path: str) -> bool:
        """Whether some app could read the wire path as the pattern; for rules that restrict."""
        segments = spelling(path)
        return segments is None or _accepts(self.parts, segments, self.ending)


def is_plain(piece: str) -> bool:
    """Whether what stands between two slashes of the wire is read alike by every parser."""
    return _ONE_PLAIN.fullmatch(piece) is not None


def _exact_source(pieces: list[str]) -> str:
    """A regular expression for the wire path; linear, because what precedes `**` is atomic."""
    source = ""
    for i, piece in enumerate(pieces):
        last = i == len(pieces) - 1
        if piece == ONE:
            source += f"/{_PLAIN}"
        elif piece == DEEP and last:
            source += f"(?:/{_PLAIN})*/?"
        elif piece == DEEP:
            # The leftmost place for what stood before is as good as any later one.
            source = f"(?>{source})(?:/{_PLAIN})*?"
        else:
            source += "/" + re.escape(piece)
    return source


def _folded_parts(pieces: list[str]) -> tuple[str, ...]:
    parts: list[str] = []
    for piece in pieces:
        if piece in (ONE, DEEP):
            if not (piece == DEEP and parts and parts[-1] == DEEP):
                parts.append(piece)
        else:
            parts += [segment.text for segment in _fold(piece) if segment.text]
    return tuple(parts)


@lru_cache(maxsize=256)
def spelling(path: str) -> tuple[Segment, ...] | None:
    """A wire path's segments, folded; None when it cannot be read with certainty."""
    if not path.startswith("/") or _MALFORMED.search(path) or path.count("/") > _MOST:
        return None
    try:
        *before, end = path[1:].split("/")
        segments = [segment for piece in before for segment in _fold(piece, more=True)]
        segments += _fold(end)
    except _Doubtful:
        return None
    return tuple(segments) if len(segments) <= _MOST else None


def _fold(piece: str, *, more: bool = False) -> list[Segment]:
    """What stands between two slashes of the wire, as an app may read it.

    Args:
        more: a slash follows it.

    Raises:
        _Doubtful: it holds controls, overlong UTF-8, a dot segment or too many encodings.
    """
    if piece.isalnum() and piece.isascii():  # the usual segment, which has only one reading
        return [Segment(piece.lower(), soft=False, skip=False, last=False)]
    decoded = _decode(piece)
    if _CONTROL.search(decoded):
        raise _Doubtful
    segments: list[Segment] = []
    params = False
    softly = _SOFT.split(decoded)
    for i, part in enumerate(softly, 1):
        name, semicolon, _ = part.partition(";")
        text = name.casefold().rstrip(" .")
        if not text and "." in name:
            raise _Doubtful
        script = _SCRIPT.fullmatch(text)
        routes = script is not None and (more or i < len(softly) or script[1] is not None)
        # An empty segment is skipped by many apps; an encoded slash may stand inside of params.
        skip, last = not text or params or routes, bool(semicolon or script)
        segments.append(Segment(text, soft=i > 1, skip=skip, last=last))
        params = params or bool(semicolon)
    return segments


def _decode(text: str) -> str:
    """Percent-decode and take compatibility forms (NFKC) until nothing changes any more."""
    for _ in range(_DEEPEST):
        decoded = unicodedata.normalize("NFKC", _TRIPLETS.sub(_characters, text))
        if decoded == text:
            return decoded
        text = decoded
    raise _Doubtful


def _characters(triplets: re.Match[str]) -> str:
    data = unquote_to_bytes(triplets[0])
    if _OVERLONG.search(data):
        raise _Doubtful
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _accepts(
    parts: tuple[str, ...], segments: tuple[Segment, ...], ending: re.Pattern[str] | None
) -> bool:
    """Run all readings at once: a state is the number of parts that are matched so far."""
    if parts == (DEEP,):
        return True
    first = segments[0]
    if (
        parts
        and parts[0] not in (first.text, ONE, DEEP)
        and not first.skip
        and not (ending and _has_ending(first.text, parts[0], ending))
    ):
        return False  # the usual miss, without the work below
    end = len(parts)
    states = _skip_deep(parts, {0})
    for text, soft, skip, last in segments:
        reached = set()
        for state in states:
            part = parts[state] if state < end else None
            if part == DEEP:
                reached.add(state)
            elif (
                part == ONE
                or (part == text and text)
                or (ending and part and _has_ending(text, part, ending))
            ):
                reached.add(state + 1)
            if skip or (soft and state and parts[state - 1] == ONE):  # `*` may hold a soft slash
                reached.add(state)
        states = _skip_deep(parts, reached)
        if not states:
            return False
        if last and end in states:
            return True
    return end in states


def _has_ending(text: str, part: str, ending: re.Pattern[str]) -> bool:
    return text.partition(".")[0] == part and ending.fullmatch(text, len(part)) is not None


def _skip_deep(parts: tuple[str, ...], states: set[int]) -> set[int]:
    for state in tuple(states):
        if state < len(parts) and parts[state] == DEEP:
            states.add(state + 1)
    return states
