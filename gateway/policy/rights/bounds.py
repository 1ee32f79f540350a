"""How deep a policy may go. Pure.

Cedar reads brackets by calling itself: what is nested without a bound takes the whole process down.
And `has a.b.c` is written out as `has a && a has b && ...`, which grows with the square.
"""

from __future__ import annotations

import re
from typing import Final

DEEPEST: Final = 100
"""Brackets in each other."""
LONGEST_CHAIN: Final = 32
"""Attributes of attributes, as in `a.b.c`."""

_PIECE: Final = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\r\n]*|\s+|[A-Za-z_][A-Za-z0-9_]*|.', re.DOTALL)
_OPEN: Final = frozenset("([{")
_CLOSE: Final = frozenset(")]}")


def too_deep(text: str) -> str:
    """Say why a text must not be read as policies; empty when nothing is against it."""
    depth = chain = 0
    for found in _PIECE.finditer(text):
        piece = found[0]
        if piece in _OPEN:
            depth += 1
            if depth > DEEPEST:
                return f"brackets stand more than {DEEPEST} deep in each other"
        elif piece in _CLOSE:
            depth = max(0, depth - 1)
        if piece == ".":
            chain += 1
            if chain > LONGEST_CHAIN:
                return f"more than {LONGEST_CHAIN} attributes stand behind each other"
        elif not (piece[0].isalpha() or piece[0] == "_" or piece.isspace() or piece[:2] == "//"):
            chain = 0
    return ""
