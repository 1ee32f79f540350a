"""The stream's own lines, byte for byte, so that `audit verify --export` holds for them."""

from __future__ import annotations

import json
import re

from gateway.audit.reading.fields import Fields

_LINE = re.compile(rb"[\x20-\x7f]+")


def written(line: bytes, fields: Fields | None = None) -> bytes:
    """The line and its end.

    What a gateway cannot have written, for it is no line of ASCII, becomes one: a JSON text with
    its bytes as Latin-1. So an entry of a stream is a line of the export, always.
    """
    if not _LINE.fullmatch(line):
        line = json.dumps(line.decode("latin-1")).encode()
    return line + b"\n"
