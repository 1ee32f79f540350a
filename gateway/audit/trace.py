"""The trace that a request says it belongs to (W3C Trace Context, 3.2)."""

from __future__ import annotations

import re

_TRACEPARENT = re.compile(
    rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?"
)
_FIRST = b"00"


def trace_id(traceparent: bytes) -> str:
    """Give the trace's id, 32 hex digits; "" when the field does not say one.

    A later version than the first may have more behind what is known here.
    """
    found = _TRACEPARENT.fullmatch(traceparent.strip(b" \t"))
    if found is None or (found[2] and traceparent.startswith(_FIRST)):
        return ""
    return found[1].decode()
