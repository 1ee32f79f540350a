"""Which request targets two parsers could read differently (threat rows 9 to 13, 15)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote

from gateway.errors import ClientError
from gateway.wire.memory import Memory

_OUTSIDE: Final = re.compile(r"[^\x21-\x7e]|#|\\")
_DOTS: Final = re.compile(r"[/\\]\.{1,2}(?=[/\\;?#]|\Z)")
_ESCAPES: Final = re.compile(
    r"%(?![0-9A-Fa-f]{2})|%(?:[01][0-9A-Fa-f]|7[fF]|[cC][01]|[fF][5-9a-fA-F])"
)
_DOUBTFUL: Final = ("//", "%2f", "%5c", "%3b", "%25", "%3f", "%23")
"""What a site may allow by name: each is read as a delimiter by some parsers and not by others."""


class TargetCheck:
    """The check of one site's targets.

    Args:
        allowed: members of `//`, `%2f`, `%5c`, `%3b`, `%25`, `%3f`, `%23` that this app needs.

    Raises:
        ValueError: `allowed` names something else.
    """

    __slots__ = ("_doubtful", "faults")

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        named = frozenset(each.lower() for each in allowed)
        if unknown := sorted(named - frozenset(_DOUBTFUL)):
            raise ValueError(f"{unknown[0]!r} is not one of {', '.join(_DOUBTFUL)}")
        refused = [each for each in _DOUBTFUL if each not in named]
        self._doubtful = re.compile("|".join(refused) or r"(?!)", re.IGNORECASE)
        self.faults = Memory(self._check, len)
        """None, or why a target is refused, for every target."""

    def refuse(self, target: str) -> None:
        """Raise for a target that is in doubt.

        Raises:
            ClientError: 400 `ambiguous_target`.
        """
        why = self.faults[target]
        if why is not None:
            raise ClientError(
                "ambiguous_target",
                f"The address could not be read without doubt: {why}.",
                "Nothing was sent to the app. If the app needs such addresses, "
                "the platform team can allow some by name (allow_target).",
            )

    def _check(self, target: str) -> str | None:
        if not target.startswith("/"):
            return "it is not in origin-form, such as /path?query"
        if _OUTSIDE.search(target):
            return "it holds a fragment, a backslash or a character that is not visible ASCII"
        path = target.partition("?")[0]
        if _has_dot_segment(path):
            return "its path has a dot segment"
        if _ESCAPES.search(path):
            return "its path has a percent-escape that is broken or stands for a control character"
        if found := self._doubtful.search(path):
            return f"its path has {found[0]}, which two programs may read differently"
        return None


def _has_dot_segment(path: str) -> bool:
    """Look also at what a reader sees who decodes first, or twice; whatever a site allows."""
    if _DOTS.search(path):
        return True
    if "%" not in path:
        return False
    once = unquote(path, "latin-1")
    return bool(_DOTS.search(once) or _DOTS.search(unquote(once, "latin-1")))
