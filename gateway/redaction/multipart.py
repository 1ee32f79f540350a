"""Messages of several parts (`multipart/mixed`; RFC 2046, 5.1), part by part.

GraphQL's `@defer` answers so: each part is a JSON document that the page shows when it comes. A
part is redacted as its own type says, and leaves when the line that ends it begins. Of its header
only the type and the id leave; of what stands before the first part and after the last, nothing.

Where two readers could find other parts, the body is `Unreadable`: anything but a line's end or two
dashes after a boundary, a boundary after a bare line feed, a header field twice, a part that is
coded or is only a piece of something.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from gateway.errors import Unreadable
from gateway.model import Remark
from gateway.redaction.held import too_large
from gateway.redaction.redactor import Tally
from gateway.wire.grammar import TEXT, TOKEN

RedactPart = Callable[[bytes, bytes], tuple[bytes, bytes, tuple[Remark, ...]]]
"""Takes a part's type and body; gives those that may leave, and what was hidden."""

_LINE: Final = b"\r\n"
_HEAD_END: Final = b"\r\n\r\n"
_PARAMETER: Final = re.compile(rb';[\t ]*(%b)=(%b|"[^"\\]*")[\t ]*' % (TOKEN, TOKEN))
_BOUNDARY: Final = re.compile(rb"[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]", re.ASCII)
_FIELD: Final = re.compile(rb"(%b):[ \t]*+(%b)" % (TOKEN, TEXT))
_UNCODED: Final = (b"", b"identity", b"7bit", b"8bit", b"binary")


class Multipart:
    """Redacts one message of several parts.

    Args:
        redact: redacts one part.
        content_type: the field's value, which names the boundary.
        cap: the largest part in bytes.

    Raises:
        Unreadable: the boundary is missing, or not one that all readers take for the same.
    """

    def __init__(self, redact: RedactPart, content_type: bytes, cap: int) -> None:
        boundary = _boundary(content_type)
        self._redact = redact
        self._delimiter = b"\r\n--" + boundary
        self._strays = re.compile(rb"(?:\A|[\r\n])--" + re.escape(boundary))
        self._cap = cap
        self._held = bytearray(_LINE)  # a boundary may be the first that comes
        self._searched = 0
        self._before = b""  # the first boundary leaves with its part, which may be blocked
        self._step = self._preamble
        self._tally = Tally()

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What was hidden in all parts so far."""
        return self._tally.remarks

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes; return the parts that are whole."""
        self._held += data
        out = []
        while (piece := self._step()) is not None:
            out.append(piece)
        return b"".join(out)

    def close(self) -> bytes:
        """See that the last part was followed by what ends them all."""
        if self._step != self._epilogue:
            raise _unreadable("it was cut short")
        return b""

    # The steps: each returns what leaves with it, or None when it needs more.

    def _preamble(self) -> bytes | None:
        if self._until_boundary() is None:
            return None
        self._before = self._delimiter
        return b""

    def _part(self) -> bytes | None:
        text = self._until_boundary()
        if text is None:
            return None
        kind, content_id, body = _split(text)
        kind, body, remarks = self._redact(kind, body)
        if self._strays.search(body):
            raise _unreadable("a part of it holds the boundary")
        self._tally.add(remarks)
        before, self._before = self._before, b""
        head = b"Content-Type: " + kind + _LINE
        if content_id:
            head += b"Content-ID: " + content_id + _LINE
        return before + _LINE + head + _LINE + body + self._delimiter

    def _after_boundary(self) -> bytes | None:
        if len(self._held) < len(_LINE):
            return None
        after = bytes(self._held[: len(_LINE)])
        if after not in (_LINE, b"--"):
            raise _unreadable("a boundary is followed by something else")
        del self._held[: len(_LINE)]
        if after == _LINE:
            self._step = self._part
            return b""
        self._step = self._epilogue
        return self._before + b"--\r\n"

    def _epilogue(self) -> bytes | None:
        if not _LINE.startswith(self._held[: len(_LINE)]):
            raise _unreadable("its last boundary is followed by something else")
        del self._held[len(_LINE) :]
        return None

    def _until_boundary(self) -> bytes | None:
        at = self._held.find(self._delimiter, self._searched)
        sure = at if at >= 0 else max(0, len(self._held) - len(self._delimiter) + 1)
        if sure > self._cap:
            raise too_large(self._cap)
        if at < 0:
            self._searched = sure
            return None
        text = bytes(self._held[:at])
        if self._strays.search(text):
            raise _unreadable("it holds the boundary where only some readers see it")
        del self._held[: at + len(self._delimiter)]
        self._searched = 0
        self._step = self._after_boundary
        return text


def _boundary(content_type: bytes) -> bytes:
    """The boundary that a Content-Type names (RFC 2046, 5.1.1)."""
    at = content_type.find(b";")
    named = []
    while 0 <= at < len(content_type):
        parameter = _PARAMETER.match(content_type, at)
        if parameter is None:
            raise _unreadable("its Content-Type is malformed")
        if parameter[1].lower() == b"boundary":
            named.append(parameter[2].strip(b'"'))
        at = parameter.end()
    if len(named) != 1 or not _BOUNDARY.fullmatch(named[0]):
        raise _unreadable("its Content-Type does not name one boundary")
    return named[0]


def _split(part: bytes) -> tuple[bytes, bytes, bytes]:
    """A part's type, id and body; empty where it has none."""
    head, end, body = part.partition(_HEAD_END)
    if not end:
        raise _unreadable("a part has no header that ends")
    fields: dict[bytes, bytes] = {}
    for line in head.split(_LINE):
        field = _FIELD.fullmatch(line)
        if field is None or field[1].lower() in fields:
            raise _unreadable("the header of a part is malformed, or holds a field twice")
        fields[field[1].lower()] = field[2].rstrip(b" \t")
    codings = (b"content-encoding", b"content-transfer-encoding")
    if b"content-range" in fields or any(
        fields.get(name, b"").lower() not in _UNCODED for name in codings
    ):
        raise _unreadable("a part is encoded, or a piece of something")
    return fields.get(b"content-type", b""), fields.get(b"content-id", b""), body


def _unreadable(why: str) -> Unreadable:
    return Unreadable(
        "multipart_unreadable",
        f"Values are hidden here, and the parts of the app's answer cannot be told apart: {why}.",
        "Tell who runs the gateway: the app's answer or the redaction rule needs a change.",
    )
