"""A GraphQL upload: the multipart request of the GraphQL multipart request specification.

The parts are `operations`, then `map`, then the files that the map names, and nothing else. The
delimiter stands nowhere but between parts, and each part's head says no more than browsers say: so
no reader of multipart (RFC 7578) finds other parts.
"""

from __future__ import annotations

import re
from typing import Any, Final

from gateway.policy.strict_json import client_text, strict_json

_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,./:=?-]{1,70}")
_NAMED: Final = re.compile(
    r'content-disposition: form-data; name="([^"\\%\r\n]{1,200})"(; filename="[^"\\\r\n]*")?',
    re.IGNORECASE,
)
_TYPED: Final = re.compile(r"content-type: ([^\r\n]*)", re.IGNORECASE)
_AS_JSON: Final = re.compile(r"application/json(?:; ?charset=utf-8)?", re.IGNORECASE)
_FILE: Final = re.compile(r"(?:file)?[0-9]{1,3}|file")
"""What clients name files by. A field of another name could be one that a server reads: `query`."""
_INTO_VARIABLES: Final = re.compile(r"(?:[0-9]{1,3}\.)?variables(?:\.[^.]+)+")
_MOST_PARTS: Final = 100


def read_upload(body: bytes, boundary: str) -> Any:
    """Give what `operations` says, decoded.

    Raises:
        ValueError: two readers could find different parts in it, the files could go elsewhere than
            into variables, or one of them could be taken for what runs.
    """
    parts = _parts(body, boundary)
    if [name for name, _, _ in parts[:2]] != ["operations", "map"]:
        raise ValueError("its parts do not begin with operations and map")
    operations, placed = (_json(head, text) for _, head, text in parts[:2])
    if not isinstance(placed, dict) or not all(map(_is_place, placed.values())):
        raise ValueError("its map puts a file elsewhere than into variables")
    names = [name for name, _, _ in parts[2:]]
    if sorted(names) != sorted(placed):
        raise ValueError("its files are not those of its map")
    if not all(map(_FILE.fullmatch, names)):
        raise ValueError("its files are named otherwise than 0, file or file1")
    return operations


def _parts(body: bytes, boundary: str) -> list[tuple[str, list[str], bytes]]:
    """Each part: its name, the other lines of its head, and its content."""
    if not _BOUNDARY.fullmatch(boundary):
        raise ValueError("its boundary is malformed")
    first, *between, last = body.split(b"--" + boundary.encode()) if body else [b"", b""]
    if first or last not in (b"--", b"--\r\n") or not 2 <= len(between) <= _MOST_PARTS:
        raise ValueError("it is not one multipart form")
    return [_part(piece) for piece in between]


def _part(piece: bytes) -> tuple[str, list[str], bytes]:
    head, blank, content = piece.partition(b"\r\n\r\n")
    if not (piece.startswith(b"\r\n") and blank and content.endswith(b"\r\n")):
        raise ValueError("one of its parts is malformed")
    named, *more = client_text(head[2:]).split("\r\n")
    found = _NAMED.fullmatch(named)
    typed = all(_TYPED.fullmatch(line) for line in more)
    if found is None or len(more) > 1 or not typed:
        raise ValueError("the head of one of its parts says more than a name and a type")
    if found[1] in ("operations", "map") and found[2]:
        raise ValueError(f"its part {found[1]} comes as a file")
    return found[1], more, content[:-2]


def _json(head: list[str], text: bytes) -> Any:
    for line in head:
        typed = _TYPED.fullmatch(line)
        if typed is None or not _AS_JSON.fullmatch(typed[1]):
            raise ValueError("its operations or map have another type than JSON")
    return strict_json(client_text(text))


def _is_place(paths: Any) -> bool:
    return isinstance(paths, list) and all(
        isinstance(path, str) and _INTO_VARIABLES.fullmatch(path) for path in paths
    )
