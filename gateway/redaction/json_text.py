"""JSON as text (RFC 8259): cut into tokens from bytes in pieces of any size, and written in ASCII.

The tokens are as strict as the decoder of whole documents: what is not one is a `ValueError`.
Nothing is held but the token that a cut goes through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from msgspec.json import decode, encode

from gateway.errors import Unreadable

_NEXT: Final = re.compile(rb"[\t\n\r ]*+([\[\]{},:]|[-+.0-9A-Za-z]++)?")
_WORD: Final = re.compile(
    rb"[\[\]{},:]|true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
)
_INSIDE: Final = re.compile(rb'(?:[^"\\]|\\.)*+', re.DOTALL)
_LONGEST_WORD: Final = 1 << 16
"""Digits of a number: one that comes in pieces is read again with each of them (law 10)."""
_QUOTE, _BACKSLASH = b'"\\'
_MARKS: Final = b"[]{},:"
_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]")


class Tokens:
    """Cuts one text into its tokens.

    Args:
        cap: the largest token in bytes.
    """

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._held = b""
        self._read = 0
        """How far the string that `_held` begins with was read."""

    def feed(self, data: bytes, *, last: bool = False) -> Iterator[bytes]:
        """Yield each token that is complete; strings are free of escapes that they do not need.

        Raises:
            ValueError: it is not JSON, ends within a token, or a token is larger than the cap.
        """
        text = self._held + data
        at = 0
        while True:
            found = _NEXT.match(text, at)
            assert found is not None  # noqa: S101  it matches nothing as well
            at = found.end()
            word = found[1]
            if word is not None:
                if len(word) > _LONGEST_WORD:
                    raise ValueError("a number is too long")
                if at == len(text) and not last and word[0] not in _MARKS:
                    at -= len(word)  # it may go on
                    break
                if _WORD.fullmatch(word) is None:
                    raise ValueError("this is no token")
                yield word
            elif at == len(text):
                break
            else:
                end = self._string_end(text, at)
                if end is None:
                    break
                yield _string(text[at:end])
                at = end
        self._held = text[at:]
        if len(self._held) > self._cap or (last and self._held):
            raise ValueError("the text ends within a token, or a token is too large")

    def _string_end(self, text: bytes, at: int) -> int | None:
        """Find where a string ends; what was read of it before is not read again."""
        if text[at] != _QUOTE:
            raise ValueError("this is no token")
        found = _INSIDE.match(text, at + max(1, self._read))
        end = found.end() if found else at
        if end < len(text) and text[end] == _QUOTE:
            self._read = 0
            return end + 1
        self._read = end - at
        return None


def _string(token: bytes) -> bytes:
    """Check a string, and spell it as it is spelled without needless escapes."""
    value = decode(token, type=str)
    return encode(value) if _BACKSLASH in token else token


def in_ascii(text: bytes) -> bytes:
    """Spell what is beyond ASCII as escapes (RFC 8259, 7)."""

    def escaped(match: re.Match[str]) -> str:
        units = match[0].encode("utf-16-be").hex()
        return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))

    return _BEYOND_ASCII.sub(escaped, text.decode()).encode()


def unreadable_json() -> Unreadable:
    """The error for a body that is not what a JSON decoder takes."""
    return Unreadable(
        "json_unreadable",
        "Values are hidden here, and the app's answer is not one well-formed JSON document.",
        "Tell who runs the gateway: the app's answer or the redaction rule needs a change.",
    )
