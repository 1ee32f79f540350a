"""The parts of a `multipart/form-data` body (RFC 7578), where all readers find the same.

The delimiter stands nowhere but between parts, and each part's head says no more than browsers say.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from gateway.errors import Unreadable

_TYPE: Final = re.compile(rb"\s*multipart/form-data\s*(?:;.*)?", re.IGNORECASE | re.DOTALL)
_BOUNDARY: Final = re.compile(
    rb"\s*multipart/form-data\s*;\s*boundary=(\"?)([0-9A-Za-z'()+_,./:=?-]{1,70})\1\s*",
    re.IGNORECASE,
)
_NAMED: Final = re.compile(
    r'content-disposition: form-data; name="([^"\\\r\n]{0,200})"(?:; filename="([^"\\\r\n]*)")?',
    re.IGNORECASE,
)
_TYPED: Final = re.compile(r"content-type: ([^\r\n]{0,128})", re.IGNORECASE)
_MOST_PARTS: Final = 1000


class FormPart(NamedTuple):
    """One part. `file`: the name of the file that it is, else None; `media`: its type, if said."""

    name: str
    file: str | None
    media: str | None
    content: bytes


def boundary_of(content_type: bytes) -> bytes | None:
    """Give the boundary that a Content-Type names, None when it is no multipart form.

    Raises:
        Unreadable: it is one, and does not name one boundary and nothing else.
    """
    if _TYPE.fullmatch(content_type) is None:
        return None
    named = _BOUNDARY.fullmatch(content_type)
    if named is None:
        raise _unreadable("its type does not name one boundary")
    return named[2]


def parts_of(body: bytes, boundary: bytes) -> list[FormPart]:
    """Take a form apart.

    Raises:
        Unreadable: two readers could find different parts in it.
    """
    first, *between = body.split(b"--" + boundary)
    if first or not between or between.pop() not in (b"--", b"--\r\n"):
        raise _unreadable("it is not one form")
    if len(between) > _MOST_PARTS:
        raise _unreadable("it has more parts than can be looked at in time")
    return [_part(piece) for piece in between]


def _part(piece: bytes) -> FormPart:
    head, blank, content = piece.partition(b"\r\n\r\n")
    if not (piece.startswith(b"\r\n") and blank and content.endswith(b"\r\n")):
        raise _unreadable("one of its parts is malformed")
    try:
        first, *more = head[2:].decode().split("\r\n")
    except UnicodeDecodeError:
        raise _unreadable("the head of one of its parts is not in UTF-8") from None
    named = _NAMED.fullmatch(first)
    typed = [_TYPED.fullmatch(line) for line in more]
    if named is None or len(typed) > 1 or None in typed:
        raise _unreadable("the head of one of its parts says more than a name and a type")
    media = next((each[1] for each in typed if each is not None), None)
    return FormPart(named[1], named[2], media, content[:-2])


def _unreadable(why: str) -> Unreadable:
    return Unreadable(
        "multipart_unreadable",
        f"The parts of a form cannot be told apart: {why}.",
        "The form is not put on record.",
    )
