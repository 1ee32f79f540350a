"""Copies of a request's bodies, taken as they go by, and what is on record of them."""

from __future__ import annotations

import hashlib

from gateway.audit.bodies.bodies import READ_LIMIT, Kept, Subject, kept
from gateway.audit.bodies.levels import Level
from gateway.audit.parts import Told
from gateway.redaction.rules import Selection

Aliases = tuple[tuple[str, str], ...]
"""Of a GraphQL answer: each a name in it, and the field whose value it holds."""


class Copy:
    """The copy of one body: its bytes while they are few, and always their number and hash.

    `content_type`, `coding`: of what was taken; set by who takes it.
    """

    __slots__ = ("_hash", "_held", "coding", "content_type", "size")

    def __init__(self, content_type: bytes = b"", coding: bytes = b"") -> None:
        self.content_type = content_type
        self.coding = coding
        self.size = 0
        self._hash = hashlib.sha256()
        self._held = bytearray()

    def take(self, data: bytes) -> None:
        """Take the next bytes."""
        self.size += len(data)
        self._hash.update(data)
        if self.size <= READ_LIMIT:
            self._held += data
        else:
            self._held.clear()

    def read(
        self, level: Level, rules: Selection | None, aliases: Aliases, *, complete: bool
    ) -> Told:
        """Say what is on record of it, but for its size; arguments as `bodies` has them."""
        if self.size > READ_LIMIT:
            found = Kept(reason="too_long")
        elif not complete:
            found = Kept(reason="cut_short")
        else:
            subject = Subject(self.content_type, self.coding, rules, aliases)
            found = kept(bytes(self._held), subject, level)
        return Told(
            rule=level.rule,
            reason=found.reason,
            media=_media(self.content_type),
            complete=complete,
            body=found.text,
            cut=found.cut,
            body_hash=self._hash.hexdigest(),
        )


class Copies:
    """The copies that a request's level asks for.

    `sent`: of the request's body, while it is not on record. `got`: of its answer's.
    """

    __slots__ = ("got", "level", "sent")

    def __init__(self, level: Level) -> None:
        self.level = level
        self.sent: Copy | None = None
        self.got = Copy() if level.response else None


def _media(content_type: bytes) -> str:
    return content_type[:128].partition(b";")[0].strip().lower().decode("latin-1")
