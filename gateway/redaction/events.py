"""Event streams (`text/event-stream`; HTML, 9.2.6), event by event.

An event leaves as soon as it is whole, written back from what a browser makes of it: its type, id
and retry as they are, its data redacted. Data that is not JSON, or that JSON's own redaction
refuses, cannot be looked into: its event is dropped whole and counted under `DROPPED`, and the
stream goes on. Comments keep a connection open and can say anything, so they leave empty. An event
that the stream's end cuts short is dropped, as a browser drops it.
"""

from __future__ import annotations

import codecs
import re

from gateway.errors import Unreadable
from gateway.model import Remark
from gateway.redaction.held import Held
from gateway.redaction.redactor import Redact, Tally

DROPPED = Remark(rule="event.unreadable", category="event.unreadable", count=1)
"""An event that was dropped. The dot keeps the name apart from those that a config can give."""

_LINE_END = re.compile(rb"\r\n|\r|\n")
_KEPT_OPEN = b":\n"


class Events:
    """Redacts an event stream, which is UTF-8 whatever is said of it.

    Args:
        redact: redacts the data of one event.
        cap: the largest event in bytes, and the largest line.
    """

    def __init__(self, redact: Redact, cap: int) -> None:
        self._redact = redact
        self._line = Held(cap)
        self._data = Held(cap)
        self._fields: dict[bytes, bytes] = {}
        self._first = True
        self._after_cr = False
        self._tally = Tally()

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What was hidden so far, with the events that were dropped."""
        return self._tally.remarks

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes; return the events that are whole."""
        if not data:
            return b""
        if self._after_cr:  # which has ended its line: this may be the rest of a CRLF
            data = data.removeprefix(b"\n")
        self._after_cr = data.endswith(b"\r") or (self._after_cr and not data)
        first, *others = _LINE_END.split(data)
        self._line.add(first)
        out = []
        for other in others:
            out.append(self._read(self._line.take()))
            self._line.add(other)
        return b"".join(out)

    def close(self) -> bytes:
        """Nothing is left: what has no empty line after it is no event."""
        return b""

    def _read(self, line: bytes) -> bytes:
        """Take one line; return what leaves with it."""
        if self._first:
            self._first = False
            line = line.removeprefix(codecs.BOM_UTF8)
        if not line:
            return self._event()
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if not name:
            return _KEPT_OPEN
        if name == b"data":
            self._data.add(value + b"\n")
        elif (
            name == b"event"
            or (name == b"id" and b"\0" not in value)
            or (name == b"retry" and value.isdigit())
        ):
            self._fields[name] = value
        return b""

    def _event(self) -> bytes:
        """End the event that has come."""
        fields, self._fields = self._fields, {}
        data = self._data.take()
        if data.strip(b"\n"):
            try:
                text, remarks = self._redact(data[:-1])
            except Unreadable:
                self._tally.add((DROPPED,))
                return b""
            self._tally.add(remarks)
            data = text + b"\n"
        lines = [name + b": " + value for name, value in fields.items()]
        lines += [b"data: " + line for line in data.split(b"\n")[:-1]]
        return b"\n".join((*lines, b"", b"")) if lines else b""
