"""What operators are refused, as errors."""

from __future__ import annotations

from gateway.errors import Refused
from gateway.model import Deny
from gateway.policy.rights.facts import Facts


def refused(deny: Deny, title: str = "", facts: Facts | None = None) -> Refused:
    """Make an error of a decision; `title` says what did not happen, where it was no start.

    `facts`: what policies were told, where they were asked.
    """
    return Refused(
        deny.code,
        deny.detail,
        deny.advice,
        status=deny.status,
        title=title or deny.title,
        rule=deny.rule,
        helps=deny.helps,
        facts=facts,
    )


def not_live(title: str) -> Refused:
    """Refuse what is asked of a session that is not, or not any more, or not to be seen."""
    return Refused(
        "session_not_live",
        "There is no such session among those you may see; it may have ended.",
        "Reload the list.",
        status=404,
        title=title,
    )
