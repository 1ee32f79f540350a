"""JSON in a script's clothes: JSONP, and what is put before JSON so that no script can read it.

JSONP is a script that is nothing but one call of a function with JSON documents. It is written back
from what was read of it: the check that the function is there, its name, and each argument
redacted as a document of its own. Any other script is a program, and passes, unless it carries a
JSON member that a rule hides (`window.state = {"ssn": ...}`): then it is `Unreadable`, as what
begins like JSONP and is not.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

from msgspec import Raw
from msgspec.json import Decoder

from gateway.model import Remark
from gateway.redaction.embedded import MemberGuard
from gateway.redaction.look import Look
from gateway.redaction.plain import blocking
from gateway.redaction.redactor import Body, Redact, Tally
from gateway.redaction.rules import Selection

_unreadable: Final = blocking("script_unreadable", "script")
_documents = Decoder(list[Raw]).decode
GUARD: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:\)\]\}'[,;]?|(?:while\s*\(\s*(?:1|true)|for\s*\(\s*;\s*;)\s*\)\s*;)\s*"
)
"""What a JSON document begins with that keeps it from being run as a script."""
_BLANK: Final = rb"(?:\s|\xef\xbb\xbf|/\*(?:[^*]|\*(?!/))*+\*/|//[^\r\n]*+[\r\n])*+"
_NAME: Final = rb"""[A-Za-z_$][\w$]*(?:\.[\w$]+|\[(?:\d+|"[^"\\\r\n]*"|'[^'\\\r\n]*')\])*"""
_CALL: Final = re.compile(
    rb"(?P<mark>\xef\xbb\xbf)?" + _BLANK + rb"(?P<check>(?:typeof\s+(?P<asked>" + _NAME + rb")"
    rb"\s*===?\s*[\"']function[\"']|(?P<there>" + _NAME + rb"))\s*&&\s*)?"
    rb"(?P<name>" + _NAME + rb")\s*\("
)
_AFTER_CALL: Final = b" \t\r\n;"
_NO_START: Final = b"/**/"
"""Before the name: the answer's first bytes are not the caller's to choose (CVE-2014-4671)."""


class Script:
    """Redacts JSONP; lets any other script go as soon as that can be told.

    Args:
        redact: redacts one JSON document.
        selection: the rules that apply; all of them have JSONPaths.
        body: its `cap` is the most bytes that are held of what may be JSONP.
    """

    def __init__(self, redact: Redact, selection: Selection, body: Body) -> None:
        self._redact = redact
        self._charset = body.charset
        self._cap = body.cap
        self._members = MemberGuard(selection, _unreadable)
        self._decode = codecs.getincrementaldecoder(body.charset)("replace").decode
        self._look = Look(body.cap)
        self._held: list[bytes] = []
        self._size = 0
        self._passes = False
        self.remarks: tuple[Remark, ...] = ()

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes."""
        if self._passes:
            return self._checked(data)
        self._held.append(data)
        self._size += len(data)
        self._look.feed(data)
        self._passes = self._look.enough and not self._look.call
        if self._passes:
            return self._checked(self._take())
        if self._size > self._cap:
            _unreadable("it begins like data, and is too large to be read as a whole")
        return b""

    def close(self) -> bytes:
        """Redact what is JSONP, or let go what has turned out not to be."""
        self._look.end()
        text = self._take()
        call = _CALL.match(text) if self._look.call else None
        documents = _documents_of(text, call, self._charset) if call is not None else None
        if call is not None and documents is not None:
            return self._redacted(call, documents)
        if self._look.jsonp:
            _unreadable("it begins like data, and is not one call with JSON")
        return self._checked(text)

    def _checked(self, text: bytes) -> bytes:
        """Let go what is no JSONP, and carries no hidden member."""
        self._members.check(self._decode(text))
        return text

    def _redacted(self, call: re.Match[bytes], documents: list[Raw]) -> bytes:
        tally = Tally()
        out = []
        for document in documents:
            redacted, remarks = self._redact(bytes(document).decode().encode(self._charset))
            tally.add(remarks)
            out.append(redacted)
        self.remarks = tally.remarks
        before = (call["mark"] or b"") + _NO_START + (call["check"] or b"") + call["name"]
        return before + b"(" + b",".join(out) + b");"

    def _take(self) -> bytes:
        text = b"".join(self._held)
        self._held = []
        return text


def _documents_of(text: bytes, call: re.Match[bytes], charset: str) -> list[Raw] | None:
    """The arguments of a call, None when that is not all there is, or they are not JSON."""
    asked = call["asked"] or call["there"] or call["name"]
    rest = text[call.end() :].rstrip(_AFTER_CALL)
    if asked != call["name"] or not rest.endswith(b")"):
        return None
    try:
        return _documents(b"[" + rest[:-1].decode(charset).encode() + b"]")
    except (ValueError, RecursionError):
        return None
