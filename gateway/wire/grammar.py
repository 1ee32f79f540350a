"""The bytes that HTTP/1.1 heads are made of, both ways (RFC 9110, 5; RFC 9112, 2 to 5).

Stricter than the RFC where it lets a recipient choose: no obs-fold, no bare CR or LF, and text
beyond ASCII only as UTF-8, because two programs in a row that choose differently can be made to
see two different messages (threats 4, 16 and 19).
"""

from __future__ import annotations

import re

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"
"""A method or a field's name. Possessive: nothing that was matched is ever tried again."""

TEXT = rb"[\t -~\x80-\xff]*+"
"""A field's value, white space around it included."""

VISIBLE = rb"[!-~]++"
"""A request target or a Host value: ASCII without spaces."""

BARE_LF = re.compile(rb"(?<!\r)\n")
"""A line's end that some programs take for one and others do not."""


def is_utf8(block: bytes) -> bool:
    """Whether `block` is text that every reader decodes to the same characters."""
    if block.isascii():
        return True
    try:
        block.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
