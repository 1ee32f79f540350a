"""Addresses of the app's hosts as they stand in text: plain, escaped for JSON, or for HTML.

An address is mapped where a value begins, never in the middle of one: what an address of another
site carries in its query is that site's affair.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from gateway.middleware.origins import Origins

_SLASH: Final = r"(?:\\?/|\\u002f|&#x2f;|&#47;)"
"""As such, in JSON (`\\/`, `\\u002f`), and as some template engines write it into attributes."""
_END: Final = r"[/?#\\\"'`)\s<>]|\$\{|&(?:#x2f|#47|quot|#34|#39|#x27|apos|amp|lt|gt);|\Z"
_QUOTED: Final = (
    r"(?:(?<=[\"'`(])|(?<=&quot;)|(?<=&apos;)|(?<=&#3[49];)|(?<=&#x2[27];)|(?<=\\u002[27]))"
)
"""Where a value begins in a script or a style: behind a quote, however it is escaped, or `url(`."""
BEFORE: Final = 6
"""Characters that `_QUOTED` may look back."""
_AROUND: Final = len("https:") + 2 * len("&#x2f;") + len(":65535") + len("&quot;")


class Addresses:
    """Finds and maps addresses of one session's app.

    `reach` is the longest that an address and what tells its end can be, in characters.
    """

    __slots__ = ("_begin", "_each", "_hosts", "_origins", "_value", "reach")

    def __init__(self, origins: Origins) -> None:
        self._origins = origins
        self._hosts = origins.hosts
        self.reach = _AROUND + max(map(len, self._hosts))
        self._value, self._begin, self._each = _patterns(self._hosts)

    def occur_in(self, text: str) -> bool:
        """Say whether a host of the app is named at all: most texts need no closer look."""
        lowered = text.lower()
        return any(host in lowered for host in self._hosts)

    def at_start(self, value: str) -> str:
        """Map a value that is one address, with white space before it."""
        return self._begin.sub(self._mapped, value, count=1)

    def in_list(self, value: str) -> str:
        """Map each of several addresses with white space between them."""
        return self._each.sub(self._mapped, value)

    def in_text(self, text: str, start: int, limit: int) -> tuple[str, int]:
        """Map the values of a text that begin in this part of it.

        Returns:
            The text from `start` on, and where it ends: at `limit`, or at the end of an address
            that goes beyond.
        """
        if not self.occur_in(text):
            return text[start:limit], limit
        pieces: list[str] = []
        at = start
        for found in self._value.finditer(text, start):
            if found.start() >= limit:
                break
            pieces += (text[at : found.start()], self._mapped(found))
            at = found.end()
        end = max(at, limit)
        pieces.append(text[at:end])
        return "".join(pieces), end

    def _mapped(self, found: re.Match[str]) -> str:
        scheme, slashes, host, port = (part or "" for part in found.group("s", "d", "h", "p"))
        name = self._origins.name_of(host.encode(), scheme.encode(), port.encode())
        if name is None:
            return found[0]
        before = found[0][: found.start("d") - found.start() - len(scheme)]
        kept = self._origins.scheme_of(scheme.encode()).decode() if scheme else ""
        return f"{before}{kept}{slashes}{name.decode()}"


@lru_cache(maxsize=64)
def _patterns(hosts: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    names = "|".join(map(re.escape, sorted(hosts, key=len, reverse=True)))
    address = (
        rf"(?P<s>(?:https?|wss?):)?(?P<d>{_SLASH}{{2}})"
        rf"(?P<h>{names})(?P<p>:[0-9]{{1,5}})?(?={_END})"
    )
    flags = re.ASCII | re.IGNORECASE
    return (
        re.compile(_QUOTED + address, flags),
        re.compile(r"\A[\x00-\x20]*+" + address, flags),
        re.compile(r"(?<!\S)" + address, flags),
    )
