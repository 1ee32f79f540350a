"""What stands in a hidden value's place, in every format."""

from __future__ import annotations

import hashlib
import hmac
from typing import Literal

Action = Literal["remove", "mask", "hash"]

STRENGTH: dict[Action, int] = {"remove": 0, "mask": 1, "hash": 2}
"""Where two rules hit one value, the action with the lower number is taken: it shows less."""

MASK = "•••"
"""One length for every value: a mask that followed the value would tell how long it is."""

HASH_KEY_BYTES = 32
"""A shorter key could be searched for, since the values (a mood, a grade) are easily listed."""


def keyed_hash(key: bytes, text: str) -> str:
    """Return 16 hex digits that are equal for equal texts and say nothing else without the key."""
    return hmac.digest(key, text.encode(errors="surrogateescape"), hashlib.sha256).hex()[:16]
