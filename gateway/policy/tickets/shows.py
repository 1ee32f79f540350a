"""What of a desk's answer an operator is shown: values at paths that the config names."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import Any, Final

from jsonpath_rfc9535 import JSONPathError, JSONPathQuery

from gateway.model import Frozen
from gateway.policy.tickets.conditions import PATHS

LONGEST: Final = 100
"""Letters of a value that are shown."""
_LEAST_MS: Final = 10**11
"""A number below is seconds: as milliseconds it would be before 1974."""
_MOST_MS: Final = 10**14


class TicketSays(Frozen, frozen=True, kw_only=True):
    """What a desk says of a ticket; empty, and 0, where it does not.

    `asked_at`: milliseconds since the Unix epoch.
    """

    status: str = ""
    asked_by: str = ""
    asked_at: int = 0


class Shows:
    """Compiled paths; an empty one shows nothing.

    Raises:
        ValueError: a path cannot be used.
    """

    def __init__(self, status: str = "", asked_by: str = "", asked_at: str = "") -> None:
        self._status = _compiled(status)
        self._asked_by = _compiled(asked_by)
        self._asked_at = _compiled(asked_at)

    def of(self, answer: Any) -> TicketSays:
        """Read an answer's JSON. A value that is not there, or more than once, is not shown."""
        return TicketSays(
            status=_text(_one(self._status, answer)),
            asked_by=_text(_one(self._asked_by, answer)),
            asked_at=_moment(_one(self._asked_at, answer)),
        )


def _compiled(path: str) -> JSONPathQuery | None:
    try:
        return PATHS.compile(path) if path else None
    except JSONPathError as fault:
        raise ValueError(f"{path!r} is not a JSONPath: {fault}") from None


def _one(query: JSONPathQuery | None, answer: Any) -> Any:
    if query is None:
        return None
    try:
        found = [node.value for node in islice(query.finditer(answer), 2)]
    except Exception:  # noqa: BLE001 - whatever goes wrong in there, nothing is shown (law 2)
        return None
    return found[0] if len(found) == 1 else None


def _text(value: Any) -> str:
    """Give a text as one line, without what is not seen or would turn the words around it."""
    if not isinstance(value, str):
        return ""
    seen = "".join(letter if letter.isprintable() else " " for letter in value[: 4 * LONGEST])
    return " ".join(seen.split())[:LONGEST]


def _moment(value: Any) -> int:
    """Read RFC 3339, or seconds or milliseconds since the Unix epoch."""
    if isinstance(value, str):
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            return 0
        value = int(at.timestamp() * 1000) if at.tzinfo is not None and at.year >= 1974 else 0
    elif isinstance(value, bool) or not isinstance(value, int):
        return 0
    at_ms = value if value >= _LEAST_MS else value * 1000
    return at_ms if _LEAST_MS <= at_ms < _MOST_MS else 0
