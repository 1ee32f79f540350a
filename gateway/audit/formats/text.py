"""A line for people at a terminal; nothing in it can move the cursor or forge another line."""

from __future__ import annotations

from gateway.audit.reading.fields import Fields
from gateway.audit.reading.meaning import printable, summary

_SHOWN = 200


def written(line: bytes, fields: Fields | None) -> bytes:
    """When, and what, of a record; of anything else, that it is none."""
    if fields is None:
        said = f"not a record: {printable(line[:_SHOWN].decode('latin-1'))}"
    else:
        said = f"{fields['at']} {summary(fields)}"
    return said.encode() + b"\n"
