"""The response's header fields that the client gets.

Pass-through: what the app sent, less what belongs to its own connection. In a session: nothing
that a cache could keep or replay, no cookie beside the operator's own, addresses in the session's
origin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, Literal

from gateway.errors import UpstreamError
from gateway.middleware.origins import Origins
from gateway.model import ResponseHead
from gateway.wire.memory import Memory

_OF_THE_CONNECTION: Final = frozenset(
    (
        b"connection",
        b"keep-alive",
        b"proxy-connection",
        b"proxy-authenticate",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"content-length",
    )
)
_NOT_IN_SESSIONS: Final = frozenset(
    (
        b"accept-ranges",
        b"age",
        b"alt-svc",
        b"cache-control",
        b"clear-site-data",
        b"content-digest",
        b"content-encoding",
        b"content-md5",
        b"digest",
        b"etag",
        b"expires",
        b"last-modified",
        b"pragma",
        b"repr-digest",
        b"service-worker-allowed",
        b"set-cookie",
        b"x-gateway-redacted",
    )
)
_ADDRESSES: Final = frozenset((b"location", b"content-location", b"access-control-allow-origin"))
_ADDED: Final = ((b"Cache-Control", b"no-store"), (b"X-Content-Type-Options", b"nosniff"))

_REFRESH: Final = re.compile(
    rb"""([^;,]*[;,\s]\s*(?:url\s*=\s*)?['"]?)([^'"]*)(['"]?.*)""", re.IGNORECASE | re.DOTALL
)
"""HTML, 3.2.6.3: a time, then an address with or without `url=` and quotes."""


def pass_through_lines(head: ResponseHead) -> bytes:
    """Give an ordinary response's fields as they go on the wire, its own framing left out."""
    fields: Iterable[tuple[bytes, bytes]] = head.headers
    if head.of_connection:
        fields = [field for field in fields if field[0].lower() not in head.of_connection]
    return b"".join(map(_PASSED.__getitem__, fields))


def lines(fields: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Give fields as they go on the wire."""
    return b"".join(map(_LINES.__getitem__, fields))


def governed_fields(head: ResponseHead, origins: Origins) -> list[tuple[bytes, bytes]]:
    """Give the fields of a response in a session, framing and content coding left out.

    Raises:
        UpstreamError: 502 for a part of a resource or a claim that a cached copy is good, neither
            of which was asked for (threat rows 33 and 34).
    """
    if head.status in (206, 226, 304):
        raise UpstreamError(
            "not_asked_for",
            f"The app answered {head.status} to a request that asked for the whole.",
            "Tell the platform team; this answer cannot be checked, so it was not passed on.",
        )
    fields = []
    for field in head.headers:
        fate = _FATES[field[0]]
        if fate == "goes" or (head.of_connection and field[0].lower() in head.of_connection):
            continue
        if fate == "address":
            field = field[0], origins.to_browser(field[1])
        elif fate == "refresh":
            field = field[0], _refresh(field[1], origins)
        fields.append(field)
    fields += _ADDED
    return fields


def field_of(head: ResponseHead, name: bytes) -> bytes | None:
    """Give a field's value, or None.

    Raises:
        UpstreamError: it stands more than once, so nobody can say which one holds.
    """
    found = [value for key, value in head.headers if key.lower() == name]
    if len(found) > 1:
        raise UpstreamError(
            "ambiguous_answer",
            f"The app sent {name.decode()} more than once.",
            "Tell the platform team; this answer cannot be read without doubt.",
        )
    return found[0] if found else None


def told_length(head: ResponseHead, method: str, length: int | None) -> int | None:
    """Give the length to tell of a body of `length` bytes (None: only its end will tell).

    An answer to HEAD, and a 304, has no body and tells what GET would give (RFC 9110, 8.6).
    """
    if method != "HEAD" and head.status != 304:
        return length
    told = field_of(head, b"content-length")
    return int(told) if told is not None else None


def set_cookies(head: ResponseHead) -> list[bytes]:
    """Give the values of all Set-Cookie fields."""
    return [value for name, value in head.headers if name.lower() == b"set-cookie"]


def _write(field: tuple[bytes, bytes]) -> bytes:
    return b"%b: %b\r\n" % field


def _pass(field: tuple[bytes, bytes]) -> bytes:
    return b"" if field[0].lower() in _OF_THE_CONNECTION else _write(field)


def _width(field: tuple[bytes, bytes]) -> int:
    return len(field[0]) + len(field[1])


def _fate(name: bytes) -> Literal["stays", "goes", "address", "refresh"]:
    """What becomes of a field in a session."""
    lower = name.lower()
    if lower == b"refresh":
        return "refresh"
    if lower in _ADDRESSES:
        return "address"
    return "goes" if lower in _OF_THE_CONNECTION or lower in _NOT_IN_SESSIONS else "stays"


_LINES: Final = Memory(_write, _width)
_PASSED: Final = Memory(_pass, _width)
_FATES: Final = Memory(_fate, len)


def _refresh(value: bytes, origins: Origins) -> bytes:
    found = _REFRESH.fullmatch(value)
    return found[1] + origins.to_browser(found[2]) + found[3] if found else value
