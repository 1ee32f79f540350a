"""Where pages of the app show the button that leads to a start: path patterns that hold an id.

A pattern is written as the path is on the wire: literal segments, `*` for any one segment, and once
`{id}`, the segment that says whom the page is about. A trailing slash counts. One regular
expression says it, which reads the same in Python and in a browser's script with its `v` flag off:
a page that changes its path without being loaded again asks there what was asked here.

Nothing is granted by a match. The id is what the start page is asked for, which checks all of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, Literal
from urllib.parse import unquote_to_bytes

from gateway.model import Frozen

By = Literal["id", "email"]
"""What the segment is of a user in the directory."""
Position = Literal["before", "after", "inside_start", "inside_end"]
"""Where the button stands, seen from the element that the selector finds."""

_ID: Final = "{id}"
_ONE: Final = "(?:[A-Za-z0-9._~!$&'()*+,:=@-]|%[0-9A-Fa-f]{2})+"
_LITERAL: Final = re.compile("(?:[A-Za-z0-9._~!$&'()+,:=@-]|%[0-9A-Fa-f]{2})*")
_SPECIAL: Final = re.compile(r"[.$()*+]")
_NOT_IN_IDS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029/\\]")
_LONGEST: Final = 256


class ActPlace(Frozen, frozen=True, kw_only=True):
    """One place for the button.

    `source`: the regular expression for whole paths; its only group is the id, as on the wire.
    `selector`: of CSS; the first element that it finds counts.
    """

    source: str
    selector: str
    position: Position
    by: By = "id"


class ActPlaces:
    """The places of a site, in the order of the config: the first that matches a path counts.

    Args:
        places: as `act_place` makes them.
        loaded_at: of pages from which an app's script comes to such a page without loading it, as
            `page_source` makes them.
    """

    __slots__ = ("_compiled", "_loaded_at", "places")

    def __init__(self, places: Iterable[ActPlace] = (), loaded_at: Iterable[str] = ()) -> None:
        self.places = tuple(places)
        self._loaded_at = tuple(map(re.compile, dict.fromkeys(loaded_at)))
        self._compiled = tuple((re.compile(place.source), place) for place in self.places)

    def __bool__(self) -> bool:
        return bool(self.places)

    def are_told(self, path: str) -> bool:
        """Whether the page of a wire path without its query may come to show a button."""
        return self.at(path) is not None or any(each.fullmatch(path) for each in self._loaded_at)

    def at(self, path: str) -> tuple[ActPlace, str] | None:
        """Give the place of a wire path without its query, and whom it names; None without one."""
        for pattern, place in self._compiled:
            if found := pattern.fullmatch(path):
                subject = id_of(found[1])
                return (place, subject) if subject is not None else None
        return None


NO_PLACES: Final = ActPlaces()


def act_place(path: str, selector: str, position: Position = "after", by: By = "id") -> ActPlace:
    """Compile one place.

    Raises:
        ValueError: the path could match no page, or does not say once where the id is.
    """
    if not path.startswith("/"):
        raise ValueError(f"path {path!r} must begin with '/'")
    pieces = path[1:].split("/")
    if pieces.count(_ID) != 1:
        raise ValueError(f"path {path!r} must have {_ID} as a whole segment, once")
    return ActPlace(
        source="".join(f"/{_source(path, piece)}" for piece in pieces),
        selector=selector,
        position=position,
        by=by,
    )


def page_source(path: str) -> str:
    """Compile the path of pages; `**` at the end stands for all below, and for the path itself.

    Raises:
        ValueError: the path could match no page.
    """
    if not path.startswith("/"):
        raise ValueError(f"path {path!r} must begin with '/'")
    pieces = path[1:].split("/")
    if _ID in pieces:
        raise ValueError(f"path {path!r} is of pages about nobody, and has no {_ID}")
    rest = ""
    if pieces[-1] == "**":
        pieces, rest = pieces[:-1], "(?:/.*)?"
    return "".join(f"/{_source(path, piece)}" for piece in pieces) + rest


def id_of(segment: str) -> str | None:
    """Percent-decode a segment once; None where it is no id that could be asked for.

    That is one that is not UTF-8, is too long, holds a slash, a backslash or a control, or is a dot
    segment, which no path keeps.
    """
    try:
        decoded = unquote_to_bytes(segment).decode()
    except UnicodeDecodeError:
        return None
    if len(decoded) > _LONGEST or decoded in ("", ".", "..") or _NOT_IN_IDS.search(decoded):
        return None
    return decoded


def _source(path: str, piece: str) -> str:
    if piece == _ID:
        return f"({_ONE})"
    if piece == "*":
        return _ONE
    if not _LITERAL.fullmatch(piece):
        raise ValueError(
            f"path {path!r}: {piece!r} must be written as on the wire, everything but letters, "
            "digits and plain marks percent-encoded; '*' and '{id}' stand for whole segments"
        )
    return _SPECIAL.sub(r"\\\g<0>", piece)
