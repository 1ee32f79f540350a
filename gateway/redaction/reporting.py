"""Rules that only report: a body passes as it is, and what they would do to it is noted."""

from __future__ import annotations

from collections.abc import Callable

from gateway.errors import Unreadable
from gateway.model import Remark
from gateway.redaction.redactor import Redactor


class Reporting:
    """Lets a redactor see a body, and gives the body on unchanged.

    Args:
        redactor: what would redact it.
        cap: the most bytes that it is shown, None where it holds none back.
    """

    def __init__(self, redactor: Redactor, cap: int | None) -> None:
        self._redactor = redactor
        self._left = cap
        self.would = ""
        """The code by which the body would have been blocked; the redactor sees no more of it."""

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What each rule that hit would have hidden so far."""
        return self._redactor.remarks

    def feed(self, data: bytes) -> bytes:
        """Give the bytes on."""
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:
                self.would = self.would or "encoding_unreadable"
        self._show(lambda: self._redactor.feed(data))
        return data

    def close(self) -> bytes:
        """Say that the body has ended; nothing was held back."""
        self._show(self._redactor.close)
        return b""

    def _show(self, step: Callable[[], bytes]) -> None:
        if self.would:
            return
        try:
            step()
        except Unreadable as no:
            self.would = no.code
