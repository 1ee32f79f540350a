"""Bodies that are text and nothing more, decoded strictly.

What is no text of its charset, or holds control characters, is something else under the name of
text, so it is `Unreadable`. There is no markup in which a mask could be spelled, so a charset
without its dots gets asterisks.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from typing import Final, NoReturn

from gateway.errors import Unreadable
from gateway.redaction.charsets import unreadable as damaged
from gateway.redaction.hiding import MASK, Action, keyed_hash

_NO_TEXT: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_ASCII_MASK: Final = "***"

Fault = Callable[[str], NoReturn]
"""Blocks a body: raises a format's `Unreadable`, given what is wrong with the body."""


class PlainText:
    """Bytes of a charset as text and back, in pieces of any size.

    Args:
        codec: Python's name of the charset.
        fault: what blocks the body.
    """

    def __init__(self, codec: str, fault: Fault) -> None:
        self._codec = codec
        self._fault = fault
        self._decode = codecs.getincrementaldecoder(codec)("strict").decode
        self.mask: Final = _mask(codec)

    def read(self, data: bytes, *, last: bool = False) -> str:
        """Give the next text.

        Raises:
            Unreadable: these bytes are no text.
        """
        try:
            text = self._decode(data, last)
        except UnicodeDecodeError:
            raise damaged() from None
        if _NO_TEXT.search(text):
            self._fault("it holds control characters, so it is no text")
        return text

    def write(self, text: str) -> bytes:
        """Give the bytes of text that was read, or of a stand-in."""
        return text.encode(self._codec)

    def stand_in(self, value: str, action: Action, hash_key: bytes) -> str:
        """What stands in a value's place; nothing where it is removed."""
        if action == "hash":
            return keyed_hash(hash_key, value)
        return self.mask if action == "mask" else ""


def blocking(code: str, what: str) -> Fault:
    """Make what blocks bodies of one format; `what` names such a body, as in "table"."""

    def block(why: str) -> NoReturn:
        raise Unreadable(
            code,
            f"Values are hidden here, and the app's {what} cannot be read with certainty: {why}.",
            f"Tell who runs the gateway: the app's {what} or the redaction rule needs a change.",
        )

    return block


def _mask(codec: str) -> str:
    try:
        MASK.encode(codec)
    except UnicodeEncodeError:
        return _ASCII_MASK
    return MASK
