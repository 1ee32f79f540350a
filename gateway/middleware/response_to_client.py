"""The header fields of an ordinary response: what the app sent, less its own connection's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gateway.errors import UpstreamError
from gateway.model import ResponseHead
from gateway.wire.memory import Memory

OF_THE_CONNECTION: Final = frozenset(
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


def pass_through_lines(head: ResponseHead) -> bytes:
    """Give an ordinary response's fields as they go on the wire, its own framing left out."""
    fields: Iterable[tuple[bytes, bytes]] = head.headers
    if head.of_connection:
        fields = [field for field in fields if field[0].lower() not in head.of_connection]
    return b"".join(map(_PASSED.__getitem__, fields))


def lines(fields: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Give fields as they go on the wire."""
    return b"".join(map(_LINES.__getitem__, fields))


def told_length(head: ResponseHead, method: str, length: int | None) -> int | None:
    """Give the length to tell of a body of `length` bytes (None: only its end will tell).

    An answer to HEAD, and a 304, has no body and tells what GET would give (RFC 9110, 8.6).
    """
    if method != "HEAD" and head.status != 304:
        return length
    told = _only(head, b"content-length")
    return int(told) if told is not None else None


def _only(head: ResponseHead, name: bytes) -> bytes | None:
    found = [value for key, value in head.headers if key.lower() == name]
    if len(found) > 1:
        raise ambiguous_answer(name)
    return found[0] if found else None


def ambiguous_answer(name: bytes) -> UpstreamError:
    """Make the error for a field that stands more than once, so nobody can say which one holds."""
    return UpstreamError(
        "ambiguous_answer",
        f"The app sent {name.decode()} more than once.",
        "Tell the platform team; this answer cannot be read without doubt.",
    )


def _write(field: tuple[bytes, bytes]) -> bytes:
    return b"%b: %b\r\n" % field


def _pass(field: tuple[bytes, bytes]) -> bytes:
    return b"" if field[0].lower() in OF_THE_CONNECTION else _write(field)


def _width(field: tuple[bytes, bytes]) -> int:
    return len(field[0]) + len(field[1])


_LINES: Final = Memory(_write, _width)
_PASSED: Final = Memory(_pass, _width)
