"""JSON documents one after the other: one a line (NDJSON, JSON Lines), or a sequence (RFC 7464).

Each leaves as soon as it has come, redacted as a body of its own. A line that is not one JSON
document is `Unreadable`, and so is one that two programs could take for something else: a document
over several lines in NDJSON, and the last of a sequence without its line feed, which may have been
cut short (RFC 7464, 2.4).
"""

from __future__ import annotations

from gateway.errors import Unreadable
from gateway.model import Remark
from gateway.redaction.held import Held
from gateway.redaction.redactor import Redact, Tally

_LF = b"\n"
_CR = b"\r"
_RS = b"\x1e"
_BLANK = b" \t\r\n"


class Lines:
    """Redacts one JSON document a line; blank lines and the ends of lines stay as they are.

    Args:
        redact: redacts one document.
        cap: the largest line in bytes.
    """

    def __init__(self, redact: Redact, cap: int) -> None:
        self._redact = redact
        self._line = Held(cap)
        self._tally = Tally()

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What was hidden so far."""
        return self._tally.remarks

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes; return the lines that are whole."""
        first, *others = data.split(_LF)
        self._line.add(first)
        out = []
        for other in others:
            out.append(self._redacted(self._line.take()) + _LF)
            self._line.add(other)
        return b"".join(out)

    def close(self) -> bytes:
        """Return the last line, which may lack its end."""
        return self._redacted(self._line.take())

    def _redacted(self, line: bytes) -> bytes:
        if not line.strip(_BLANK):
            return line
        end = _CR if line.endswith(_CR) else b""
        document, remarks = self._redact(line.removesuffix(end))
        self._tally.add(remarks)
        return document + end


class Sequence:
    """Redacts a JSON text sequence; arguments as for `Lines`.

    A document on one line leaves at its line feed, one over several lines when the next begins.
    """

    def __init__(self, redact: Redact, cap: int) -> None:
        self._redact = redact
        self._held = Held(cap)
        self._begun = False
        self._asked = False
        self._tally = Tally()

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What was hidden so far."""
        return self._tally.remarks

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes; return the documents that are whole."""
        first, *others = data.split(_RS)
        out = [self._more(first)]
        for other in others:
            out.append(self._end())
            self._begun = True
            out.append(self._more(other))
        return b"".join(out)

    def close(self) -> bytes:
        """Return the last document."""
        return self._end()

    def _more(self, data: bytes) -> bytes:
        """Take what belongs to the document that has begun; return it if its first line is all."""
        line, end, rest = data.partition(_LF)
        self._held.add(line + end)
        if not end:
            return b""
        out = b"" if self._asked else self._first_line()
        self._held.add(rest)
        return out

    def _first_line(self) -> bytes:
        self._asked = True
        line = self._held.take()
        try:
            return self._redacted(line)
        except Unreadable:
            self._held.add(line)  # it may go on in the next line
            return b""

    def _end(self) -> bytes:
        text = self._held.take()
        self._asked = False
        return self._redacted(text) if text.strip(_BLANK) else b""

    def _redacted(self, text: bytes) -> bytes:
        if not self._begun or not text.endswith(_LF):
            raise _unreadable()
        document, remarks = self._redact(text)
        self._begun = False
        self._tally.add(remarks)
        return _RS + document.rstrip(_BLANK) + _LF


def _unreadable() -> Unreadable:
    return Unreadable(
        "json_unreadable",
        "Values are hidden here, and the app's answer is not a sequence of whole JSON documents.",
        "Tell who runs the gateway: the app's answer or the redaction rule needs a change.",
    )
