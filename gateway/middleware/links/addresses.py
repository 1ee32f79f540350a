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
_END: Final = r"[/?#\\\"'`)\s<>]|\$\{|\Z|&(?:#x2f|#47|quot|#34|#39|#x27|apos|amp|lt|gt);"
_QUOTED: Final = (
    r"(?:(?<=[\"'`(])|(?<=&quot;)|(?<=&apos;)|(?<=&#3[49];)|(?<=&#x2[27];)|(?<=\\u002[27]))"
)
"""Where a value begins in a script or a style: behind a quote, however it is escaped, or `url(`."""
BEFORE: Final = len("&quot;")
"""Characters that `_QUOTED` may look back."""
_START: Final = rf"(?P<scheme>(?:https?|wss?):)?(?P<slashes>{_SLASH}{{2}})"
_LONGEST_START: Final = len("https:") + 2 * len("&#x2f;")
_LONGEST_REST: Final = len(":65535") + len("&quot;")
_FLAGS: Final = re.ASCII | re.IGNORECASE
_VALUE: Final = re.compile(rf"{_QUOTED}{_START}\Z", _FLAGS)
_BEGINNING: Final = re.compile(rf"[\x00-\x20]*+{_START}", _FLAGS)
_REST: Final = re.compile(rf"(?P<port>:[0-9]{{1,5}})?(?={_END})", _FLAGS)
_WORD: Final = re.compile(r"\S+", re.ASCII)


class Addresses:
    """Finds and maps addresses of one session's app.

    `reach` is the longest that an address and what tells its end can be, in characters.
    """

    __slots__ = ("_host", "_origins", "reach")

    def __init__(self, origins: Origins) -> None:
        self._origins = origins
        self._host = _any_of(origins.hosts)
        self.reach = _LONGEST_START + max(map(len, origins.hosts)) + _LONGEST_REST

    def occur_in(self, text: str) -> bool:
        """Say whether a host of the app is named at all: most texts need no closer look."""
        return self._host.search(text.lower()) is not None

    def at_start(self, value: str) -> str:
        """Map a value that is one address, with white space before it."""
        start = _BEGINNING.match(value)
        host = self._host.match(value.lower(), start.end()) if start is not None else None
        if start is None or host is None:
            return value
        mapped, end = self._mapped(value, start, host)
        return value[: start.start("slashes") - len(start["scheme"] or "")] + mapped + value[end:]

    def in_list(self, value: str) -> str:
        """Map each of several addresses with white space between them."""
        return _WORD.sub(lambda word: self.at_start(word[0]), value)

    def in_text(self, text: str, start: int, limit: int) -> tuple[str, int]:
        """Map the values of a text that begin in this part of it.

        Returns:
            The text from `start` on, and where it ends: at `limit`, or at the end of an address
            that goes beyond.
        """
        pieces: list[str] = []
        lowered, at = text.lower(), start
        host = self._host.search(lowered, start)
        while host is not None:
            window = max(0, host.start() - _LONGEST_START - BEFORE)
            begin = _VALUE.search(text[window : host.start()])
            first = window + begin.start() if begin is not None else host.start()
            if first >= limit:
                break
            after = host.start() + 1
            if begin is not None and first >= at:
                mapped, end = self._mapped(text, begin, host)
                pieces += (text[at:first], mapped)
                at = after = end
            host = self._host.search(lowered, after)
        end = max(at, limit)
        pieces.append(text[at:end])
        return "".join(pieces), end

    def _mapped(self, text: str, start: re.Match[str], host: re.Match[str]) -> tuple[str, int]:
        """Give what an address begins with, mapped or as it was, and where that ends."""
        scheme, slashes = start["scheme"] or "", start["slashes"]
        rest = _REST.match(text, host.end())
        port = (rest["port"] or "") if rest is not None else ""
        name = self._origins.name_of(host[0].encode(), scheme.encode(), port.encode())
        if rest is None or name is None:
            return f"{scheme}{slashes}{text[host.start() : host.end()]}", host.end()
        kept = self._origins.scheme_of(scheme.encode()).decode() if scheme else ""
        return f"{kept}{slashes}{name.decode()}", rest.end()


@lru_cache(maxsize=64)
def _any_of(hosts: tuple[str, ...]) -> re.Pattern[str]:
    """Find any of these hosts in lower-case text, the longest where several begin."""
    return re.compile("|".join(map(re.escape, sorted(hosts, key=len, reverse=True))))
