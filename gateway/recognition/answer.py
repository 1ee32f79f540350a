"""What an app answered when it was asked who a request is from. Pure.

One value counts: a text, or a whole number. An app that answers in any other way says nobody, or
nothing at all; which of them it is decides what the user is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any, Final

from jsonpath_rfc9535 import JSONPathError

from gateway.policy.strict_json import strict_json
from gateway.policy.tickets.conditions import PATHS

LARGEST: Final = 64 << 10
"""Bytes of an answer that are read."""
_NOBODY: Final = frozenset((301, 302, 303, 307, 308, 401, 403))
"""The app asks the user to sign in."""
_MEDIA: Final = b"application/json"
_CHARSETS: Final = (b"", b"charset=utf-8", b'charset="utf-8"')


class Unsaid(Exception):
    """The app did not say who it is, or not so that it could be read; why is for the log."""


class SaidBy:
    """Finds the user in an answer.

    Args:
        field: a JSONPath (RFC 9535).

    Raises:
        ValueError: it is none.
    """

    def __init__(self, field: str) -> None:
        try:
            self._query = PATHS.compile(field)
        except JSONPathError as fault:
            raise ValueError(f"{field!r} is not a JSONPath: {fault}") from None

    def read(self, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> str | None:
        """Give the value, or None where the app knows nobody.

        Raises:
            Unsaid: the answer cannot be read without doubt.
        """
        if status in _NOBODY:
            return None
        if status != 200:
            raise Unsaid(f"status {status}")
        _check_media(headers)
        try:
            said = strict_json(body.decode())
        except ValueError as fault:
            raise Unsaid(str(fault)) from None
        return self._value(said)

    def _value(self, said: Any) -> str | None:
        try:
            found = [node.value for node in islice(self._query.finditer(said), 2)]
        except Exception as fault:  # noqa: BLE001 - whatever goes wrong in there, it says nothing
            raise Unsaid(type(fault).__name__) from None
        match found:
            case [] | [None] | [""]:
                return None
            case [str(value)]:
                return value
            case [bool()]:
                raise Unsaid("true or false")
            case [int(value)]:
                return str(value)
            case [_]:
                raise Unsaid("a value that is no text and no whole number")
        raise Unsaid("more than one value")


def _check_media(headers: Iterable[tuple[bytes, bytes]]) -> None:
    fields = [(name.lower(), value) for name, value in headers]
    if any(name == b"content-encoding" and value.lower() != b"identity" for name, value in fields):
        raise Unsaid("a coded answer")
    types = [value for name, value in fields if name == b"content-type"]
    media, _, rest = (types[0] if len(types) == 1 else b"").partition(b";")
    known = media.strip(b" \t").lower() == _MEDIA and rest.strip(b" \t").lower() in _CHARSETS
    if not known:
        raise Unsaid("an answer that is not application/json")
