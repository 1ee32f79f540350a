"""What has come of a part that is not yet whole: a line, an event, a part of a message."""

from __future__ import annotations

from gateway.errors import Unreadable


class Held:
    """The pieces of one part, never more than `cap` bytes of it; `take` begins the next.

    Pieces are joined once, so a part costs no more for being cut into many.
    """

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._pieces: list[bytes] = []
        self._size = 0

    def add(self, piece: bytes) -> None:
        """Take the next bytes of the part.

        Raises:
            Unreadable: it is larger than may be held.
        """
        self._size += len(piece)
        if self._size > self._cap:
            raise too_large(self._cap)
        self._pieces.append(piece)

    def take(self) -> bytes:
        """The whole part."""
        part = b"".join(self._pieces)
        self._pieces = []
        self._size = 0
        return part


def too_large(cap: int) -> Unreadable:
    """A part is larger than `cap` bytes."""
    return Unreadable(
        "part_too_large",
        f"Values are hidden here, and one line, event or part of the app's answer is larger than"
        f" {cap} bytes.",
        "Ask the platform team to raise max_readable, or to narrow the redaction rule.",
    )
