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
