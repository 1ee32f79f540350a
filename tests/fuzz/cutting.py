"""Random bytes as data in pieces: what a target reads must not depend on the pieces."""

from __future__ import annotations


def cut(data: bytes) -> tuple[bytes, list[bytes]]:
    """Take the cuts from the last bytes; give the data, whole and in pieces."""
    data, sizes = data[:-4], data[-4:]
    pieces, at = [], 0
    for size in sizes:
        pieces.append(data[at : at + size])
        at += size
    pieces.append(data[at:])
    return data, [piece for piece in pieces if piece]
