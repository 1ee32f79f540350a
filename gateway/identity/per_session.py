"""What a driver worked out for a session, kept for its next requests."""

from __future__ import annotations

from typing import Generic, TypeVar

from gateway.model import Session

MOST = 4096

T = TypeVar("T")


class PerSession(Generic[T]):
    """Values by session, at most `MOST`; the oldest goes first.

    A session's id is not enough to find one: the whole session must be as it was, so that nobody
    is ever shown as somebody else.
    """

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Session, T]] = {}

    def get(self, session: Session) -> T | None:
        """Give what was kept for this very session, or None."""
        kept = self._kept.get(session.id)
        if kept is None or (kept[0] is not session and kept[0] != session):
            return None
        return kept[1]

    def put(self, session: Session, value: T) -> None:
        """Keep a value in the place of the last one."""
        self._kept.pop(session.id, None)
        self._kept[session.id] = (session, value)
        if len(self._kept) > MOST:
            del self._kept[next(iter(self._kept))]
