"""Header names as the gateway sorts them, for one site.

CGI, WSGI and PHP apps fold `-`, `_`, `.` and case of a header's name into one (CVE-2015-0219,
CVE-2025-64484), so names are compared by a folded key (threat rows 1 to 3, 6, 7).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Final

from gateway.wire.memory import Memory


class Sort(IntEnum):
    """What the strip stage does with a header."""

    PASS = 0
    DROP = 1
    """Hop-by-hop, framing, or a claim about the request's way that only the gateway may make."""
    SINGLE = 2
    """Passes, once: a second one is ambiguous."""
    HOST = 3
    COOKIE = 4
    CONNECTION = 5
    IDENTITY = 6
    """Carries the app's identity: from a trusted peer in pass-through, else the gateway's own."""
    ALIAS = 7
    """Another spelling of an identity header: refused."""
    ODD = 8
    """Holds `_` or `.`, which some apps fold: dropped unless the site allows the name."""
    OVERRIDE = 9
    """Asks the app to treat the request as one with another method."""
    FORWARDED_FOR = 10
    LENGTH = 11
    EXPECT = 12
    UPGRADE = 13
    ACCEPT = 14
    """Passes, and says what the client can read."""
    RESERVED = 15
    """Tells what a session gives the actor: the gateway's own, whoever sends it."""


_WAY: Final = (b"x-forwarded-", b"x-original-")
"""Families of claims about a request's way and user, known here by name or not (threat row 7)."""
_FOLD: Final = bytes(c if chr(c).isalnum() and c < 128 else ord("-") for c in range(256))

_SORTS: Final[dict[bytes, Sort]] = {
    b"accept": Sort.ACCEPT,
    b"accept-encoding": Sort.ACCEPT,
    b"host": Sort.HOST,
    b"cookie": Sort.COOKIE,
    b"connection": Sort.CONNECTION,
    b"content-length": Sort.LENGTH,
    b"expect": Sort.EXPECT,
    b"upgrade": Sort.UPGRADE,
    b"x-forwarded-for": Sort.FORWARDED_FOR,
    b"x-http-method-override": Sort.OVERRIDE,
    b"x-http-method": Sort.OVERRIDE,
    b"x-method-override": Sort.OVERRIDE,
    **dict.fromkeys(
        (
            b"transfer-encoding",
            b"keep-alive",
            b"proxy-connection",
            b"proxy-authorization",
            b"te",
            b"trailer",
            b"http2-settings",
            b"forwarded",
            b"x-forwarded-host",
            b"x-forwarded-proto",
            b"x-forwarded-port",
            b"x-forwarded-prefix",
            b"x-forwarded-server",
            b"x-forwarded-scheme",
            b"x-forwarded-ssl",
            b"x-forwarded-uri",
            b"x-forwarded-path",
            b"x-real-ip",
            b"x-client-ip",
            b"true-client-ip",
            b"x-original-url",
            b"x-original-uri",
            b"x-original-host",
            b"x-original-forwarded-for",
            b"x-rewrite-url",
            b"x-host",
            b"script-name",
            b"path-info",
            b"proxy",  # CVE-2016-5385: becomes HTTP_PROXY in a CGI program
        ),
        Sort.DROP,
    ),
    **dict.fromkeys(
        (
            b"authorization",
            b"content-type",
            b"content-encoding",
            b"content-range",
            b"date",
            b"from",
            b"if-match",
            b"if-modified-since",
            b"if-none-match",
            b"if-range",
            b"if-unmodified-since",
            b"origin",
            b"range",
            b"referer",
            b"user-agent",
            b"sec-fetch-mode",
            b"sec-fetch-site",
            b"sec-fetch-dest",
            b"service-worker",
        ),
        Sort.SINGLE,
    ),
}


def fold(name: bytes) -> bytes:
    """Give the key under which two spellings of a header's name are one."""
    return name.lower().translate(_FOLD)


class HeaderNames:
    """Sorts header names for one site.

    Args:
        identity: names that tell the app who its user is.
        allowed: names with `_` or `.`, or of the families in `_WAY`, that pass.
        reserved: those of `identity` that no trusted peer sets either.
    """

    __slots__ = ("_allowed", "_identity", "_reserved", "sorts")

    def __init__(
        self, identity: Iterable[str], allowed: Iterable[str] = (), reserved: Iterable[str] = ()
    ) -> None:
        self._identity = {fold(name.encode()): name.lower().encode() for name in identity}
        self._reserved = frozenset(fold(name.encode()) for name in reserved)
        self._allowed = frozenset(name.lower().encode() for name in allowed)
        self.sorts = Memory(self._sort, len)
        """What a name as sent is, and its lower-case form, for every name."""

    def _sort(self, name: bytes) -> tuple[Sort, bytes]:
        lower = name.lower()
        key = fold(name)
        own = self._identity.get(key)
        if own is not None:
            if lower != own:
                return Sort.ALIAS, lower
            return (Sort.RESERVED if key in self._reserved else Sort.IDENTITY), lower
        sort = _SORTS.get(key, Sort.PASS)
        if key.startswith(_WAY) and sort is Sort.PASS and lower not in self._allowed:
            return Sort.DROP, lower
        if key != lower and sort is not Sort.OVERRIDE and lower not in self._allowed:
            return Sort.ODD, lower
        return sort, lower
