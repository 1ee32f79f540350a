"""What records are exported as: one file a format, named in one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.audit.reading.fields import Fields

NAMES = ("json", "csv", "ocsf", "cef", "ecs")
"""The formats, without what they import."""


@dataclass(frozen=True, slots=True)
class Format:
    """How a file of one format is written.

    Attributes:
        write: gives a record's text, its end included, from its line in the stream and its fields.
        head: what the file begins with.
        is_stream: its lines are those of the stream.
    """

    write: Callable[[bytes, Fields], bytes]
    head: bytes = b""
    is_stream: bool = False


def format_of(name: str) -> Format:
    """The format that one of `NAMES` names."""
    from gateway.audit.formats import cef, csv, ecs, json_lines, ocsf

    return {
        "json": Format(json_lines.written, is_stream=True),
        "csv": Format(csv.written, csv.HEAD),
        "ocsf": Format(ocsf.written),
        "cef": Format(cef.written),
        "ecs": Format(ecs.written),
    }[name]
