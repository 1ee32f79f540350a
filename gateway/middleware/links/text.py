"""Links in styles and scripts, inline or of their own, while they stream."""

from __future__ import annotations

from gateway.middleware.links.addresses import BEFORE, Addresses


class TextLinks:
    """Maps the links of one text. The output does not depend on how the input is cut."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._before = ""
        self._held = ""

    def feed(self, text: str) -> str:
        """Take the next piece; give what is decided."""
        self._held += text
        return self._take(len(self._held) - self._addresses.reach)

    def close(self) -> str:
        """Give the rest."""
        return self._take(len(self._held))

    def _take(self, count: int) -> str:
        if count <= 0:
            return ""
        text = self._before + self._held
        start = len(self._before)
        taken, end = self._addresses.in_text(text, start, start + count)
        self._before, self._held = text[max(0, end - BEFORE) : end], text[end:]
        return taken
