"""A target on bodies that go on record."""

from __future__ import annotations

from typing import Final

from gateway.audit.bodies.bodies import Subject, kept
from gateway.audit.bodies.levels import LevelRule, Levels
from gateway.redaction.rules import RedactionRule, compile_rules

_LEVEL: Final = Levels(
    [LevelRule(id="all", paths=("/**",), level="request", hide=("street",), cap=64)]
).at("POST", "/")
_RULE: Final = RedactionRule(
    id="n", category="n", fields=("note",), html=(".note",), text=("email",)
)
_RULES: Final = compile_rules([_RULE], hash_key=b"k" * 32).select("/", ())


def read(data: bytes) -> None:
    """A body is kept, at most so much of it, or there is a reason; nothing else happens."""
    kind, _, body = data.partition(b"\n")
    for rules in (None, _RULES):
        found = kept(body, Subject(kind, b"", rules), _LEVEL)
        assert not (found.text and found.reason)
        assert found.reason != "internal_error"
        assert len(found.text.encode()) <= _LEVEL.cap
