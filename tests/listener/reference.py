"""A second, plain reader of request framing: whole streams only, split by lines, no state.

It shares no code and no expression with the guard, and says no wherever RFC 9112 leaves two readers
room to differ. What it refuses the guard must refuse.
"""

from __future__ import annotations

import string

TOKEN = frozenset((string.ascii_letters + string.digits + "!#$%&'*+-.^_`|~").encode())
DIGITS = frozenset(b"0123456789")
HEX = frozenset(b"0123456789abcdefABCDEF")
VISIBLE = frozenset(range(0x21, 0x7F))


class Doubt(Exception):
    """The stream can be read in two ways."""


def read_stream(data: bytes) -> int:
    """Give the number of complete requests; raises `Doubt`. Nothing is read after an upgrade."""
    count = 0
    while data:
        head, end, data = data.partition(b"\r\n\r\n")
        if not end:
            return count
        lines = head.split(b"\r\n")
        check_request_line(lines[0])
        fields = [read_field(line) for line in lines[1:]]
        version = lines[0][-3:]
        lengths = [value for name, value in fields if name == b"content-length"]
        codings = [value for name, value in fields if name == b"transfer-encoding"]
        upgrade = any(name == b"upgrade" for name, _ in fields)
        if len(lengths) + len(codings) > 1:
            raise Doubt
        left: bytes | None = data
        if codings:
            if codings[0].lower() != b"chunked" or version == b"1.0" or upgrade:
                raise Doubt
            left = skip_chunks(data)
        elif lengths:
            if not lengths[0] or not set(lengths[0]) <= DIGITS:
                raise Doubt
            size = int(lengths[0])
            if size and upgrade:
                raise Doubt
            left = data[size:] if len(data) >= size else None
        if left is None:
            return count
        count += 1
        if upgrade:
            return count
        data = left
    return count


def check_request_line(line: bytes) -> None:
    parts = line.split(b" ")
    if len(parts) != 3 or parts[2] not in (b"HTTP/1.1", b"HTTP/1.0"):
        raise Doubt
    if not parts[0] or not set(parts[0]) <= TOKEN or parts[0] in (b"CONNECT", b"TRACE"):
        raise Doubt
    if not parts[1] or not set(parts[1]) <= VISIBLE:
        raise Doubt


def read_field(line: bytes) -> tuple[bytes, bytes]:
    name, colon, value = line.partition(b":")
    if not colon or not name or not set(name) <= TOKEN:
        raise Doubt
    if any((byte < 0x20 and byte != 0x09) or byte == 0x7F for byte in value):
        raise Doubt
    return name.lower(), value.strip(b" \t")


def skip_chunks(data: bytes) -> bytes | None:
    """Give what follows the chunked body, None where it is not complete."""
    while True:
        line, end, data = data.partition(b"\r\n")
        if not end:
            return None
        if not line or not set(line) <= HEX:
            raise Doubt
        size = int(line, 16)
        if not size:
            break
        if len(data) < size + 2:
            return None
        if data[size : size + 2] != b"\r\n":
            raise Doubt
        data = data[size + 2 :]
    while True:
        line, end, data = data.partition(b"\r\n")
        if not end:
            return None
        if not line:
            return data
        read_field(line)
