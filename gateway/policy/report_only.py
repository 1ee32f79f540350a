"""Sites that only report: what their rules would do is put on record, and not done.

Never softened are the checks of sessions, identity, frames, service workers and WebSockets.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from gateway.texts import gettext as _

ReportOnly = Literal["rules", "redaction"]
"""`rules`: what the mode and the request rules refuse. `redaction`: what is hidden in answers."""


def unenforced(parts: Collection[ReportOnly]) -> str:
    """Say what an operator must know: `nothing is hidden or blocked yet`; empty for no parts."""
    if "redaction" in parts:
        both = "rules" in parts
        return _("nothing is hidden or blocked yet") if both else _("nothing is hidden yet")
    return _("nothing is blocked yet") if parts else ""
