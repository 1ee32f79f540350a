"""Sites that only report: what their rules would do is put on record, and not done.

Never softened are the checks of sessions, identity, frames, service workers and WebSockets.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

ReportOnly = Literal["rules", "redaction"]
"""`rules`: what the mode and the request rules refuse. `redaction`: what is hidden in answers."""


def unenforced(parts: Collection[ReportOnly]) -> str:
    """Say what an operator must know: `nothing is hidden or blocked yet`; empty for no parts."""
    words: dict[ReportOnly, str] = {"redaction": "hidden", "rules": "blocked"}
    named = [word for part, word in words.items() if part in parts]
    return f"nothing is {' or '.join(named)} yet" if named else ""
