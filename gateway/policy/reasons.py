"""What counts as a reason: free text of some length, or one of a list, with free text or without.

A listed reason and what somebody adds to it are one text: `Support request: cannot sign in`.
"""

from __future__ import annotations

from typing import Final

from gateway.model import Deny, Frozen

_BETWEEN: Final = ": "
_RULE: Final = "start.reason"
_TITLE: Final = "This session cannot start"


class Reasons(Frozen, frozen=True, kw_only=True):
    """`least`: characters that free text must have; `listed`: what counts, or empty for any."""

    least: int = 8
    listed: tuple[str, ...] = ()

    @property
    def longest(self) -> int:
        """How many characters one of the list may take of a reason, with what follows it."""
        return max((len(each + _BETWEEN) for each in self.listed), default=0)

    def refusal(self, reason: str) -> Deny | None:
        """Refuse what is no reason; None for one that is."""
        listed, added = self.parted(reason)
        if self.listed and not listed:
            return _not_listed(self.listed)
        if (added or not listed) and len(added) < self.least:
            return _missing(self.least, listed)
        return None

    def parted(self, reason: str) -> tuple[str, str]:
        """Part a reason in one of the list, empty for none, and what was added to it."""
        if reason in self.listed:
            return reason, ""
        for listed in sorted(self.listed, key=len, reverse=True):
            if reason.startswith(listed + _BETWEEN):
                return listed, reason.removeprefix(listed + _BETWEEN)
        return "", reason


def joined(listed: str, added: str) -> str:
    """Make one reason of one of the list and what was added to it; either may be empty."""
    return _BETWEEN.join(filter(None, (listed, added)))


def _not_listed(listed: tuple[str, ...]) -> Deny:
    return Deny(
        code="reason_not_listed",
        rule=_RULE,
        status=422,
        title=_TITLE,
        detail="This is not one of the reasons that count here.",
        advice=f"Give one of these, alone or with a colon and more words: {'; '.join(listed)}.",
    )


def _missing(least: int, listed: str) -> Deny:
    what = "What is added to a reason has" if listed else "A session needs a reason of"
    return Deny(
        code="reason_missing",
        rule=_RULE,
        status=422,
        title=_TITLE,
        detail=f"{what} at least {least} characters.",
        advice="Say why you act for this person; they and their admins can read it.",
    )
