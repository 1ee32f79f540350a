"""What a format's redactor is, and the two shapes that redactors have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from gateway.model import Remark


class Body(NamedTuple):
    """What is known of a body before it is read.

    `content_type`: the field's value. `charset`: the codec of what `text_encoding` found. `cap`:
    the bytes that a redactor may hold of it at a time.
    """

    content_type: bytes
    charset: str
    cap: int


class Redactor(Protocol):
    """Redacts one body: decoded bytes in, what may leave of them out.

    The output does not depend on how the input is cut. After an `Unreadable` nothing more comes
    out, so what has left must not be ended as if it were complete.
    """

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes; return what may leave by now.

        Raises:
            Unreadable: the body cannot be read with certainty.
        """

    def close(self) -> bytes:
        """Say that the body has ended; return the rest.

        Raises:
            Unreadable: as `feed`, or it was not whole.
        """

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What each rule that hit has hidden so far."""


Redact = Callable[[bytes], tuple[bytes, tuple[Remark, ...]]]
"""Redacts a body, or a part that stands for itself, at once."""


class Whole:
    """A redactor of what can only be read as a whole; the caller bounds how much that is."""

    def __init__(self, redact: Redact) -> None:
        self._redact = redact
        self._parts: list[bytes] = []
        self.remarks: tuple[Remark, ...] = ()

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes; nothing leaves yet."""
        self._parts.append(data)
        return b""

    def close(self) -> bytes:
        """Redact; an empty body holds nothing to hide."""
        body = b"".join(self._parts)
        if body:
            body, self.remarks = self._redact(body)
        return body


class Tally:
    """Remarks of many parts, added up by rule in the order in which rules first hit."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], int] = {}

    def add(self, remarks: Iterable[Remark]) -> None:
        """Count what was hidden in one more part."""
        for remark in remarks:
            key = remark.rule, remark.category
            self._counts[key] = self._counts.get(key, 0) + remark.count

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What was hidden in all parts."""
        return tuple(
            Remark(rule=rule, category=category, count=count)
            for (rule, category), count in self._counts.items()
        )


class Spilling:
    """Reads a body as a whole as long as it is small enough, and a larger one piece by piece.

    Args:
        whole: the redactor of a small body.
        piecemeal: makes the redactor of a large one.
        cap: how many bytes are small.
    """

    def __init__(self, whole: Redactor, piecemeal: Callable[[], Redactor], cap: int) -> None:
        self._redactor = whole
        self._piecemeal = piecemeal
        self._cap = cap
        self._held: list[bytes] | None = []
        self._size = 0

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What each rule that hit has hidden so far."""
        return self._redactor.remarks

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes; nothing leaves before they are too many to be held."""
        if self._held is None:
            return self._redactor.feed(data)
        self._held.append(data)
        self._size += len(data)
        if self._size <= self._cap:
            return b""
        held, self._held = self._held, None
        self._redactor = self._piecemeal()
        return b"".join([self._redactor.feed(each) for each in held])

    def close(self) -> bytes:
        """Say that the body has ended; return the rest."""
        rest = self._redactor.feed(b"".join(self._held)) if self._held else b""
        return rest + self._redactor.close()
