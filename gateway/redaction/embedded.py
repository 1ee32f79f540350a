"""JSON written into a page: what no selector reaches, and no JSON rule sees.

Legacy pages carry data in scripts (`window.state = {...}`) and attributes (`data-props="{...}"`).
There it is program text, which cannot be redacted with certainty. So a page that is about to leave
with a member of a name that a JSON rule hides is blocked; an HTML rule that removes the script or
the element lets the rest of the page through.
"""

from __future__ import annotations

import re

from msgspec.json import decode

from gateway.redaction.html_tokens import unreadable
from gateway.redaction.rules import Selection

_QUOTE = r"""(?:\\*["']|\\+(?:u0022|x22)|&(?:quot|apos|\#0*3[49]|\#x0*2[27]);?|%22)"""
_COLON = r"\s{0,32}(?::|&colon;|&\#0*58;|&\#x0*3a;|\\+(?:u003a|x3a)|%3a)"
_AROUND = 128
"""More than the longest spelling of quotes, white space and colon around a name."""


class MemberGuard:
    """Reads the text of one page as it leaves."""

    def __init__(self, selection: Selection) -> None:
        needles = {needle for rule in selection.rules for needle in rule.needles or ()}
        self._names = tuple(decode(needle, type=str) for needle in sorted(needles))
        names = "|".join(map(re.escape, self._names))
        self._member = re.compile(rf"{_QUOTE}(?:{names}){_QUOTE}{_COLON}", re.IGNORECASE)
        self._overlap = max(map(len, self._names), default=0) + _AROUND
        self._before = ""

    def check(self, text: str) -> None:
        """Take the next text of the page.

        Raises:
            Unreadable: a member that is to be hidden leaves with it.
        """
        if not self._names:
            return
        seen = self._before + text
        for name in self._names:
            if name in seen and self._member.search(seen):
                unreadable(f"it carries the hidden field {name!r} in a script or an attribute")
        self._before = seen[-self._overlap :]
