"""Consents that run out: sessions that need them are looked at again."""

from __future__ import annotations

from collections.abc import Callable

from gateway.people.consents import ConsentBook
from gateway.sessions.review import Review


class Lapsing:
    """Looks at what ran out since it looked last; the first time, at all that is kept of it.

    Args:
        book: what users allow.
        review: looks at sessions.
        now: the wall clock in milliseconds.
    """

    def __init__(self, book: ConsentBook, review: Review, now: Callable[[], int]) -> None:
        self._book = book
        self._review = review
        self._now = now
        self._looked = 0

    async def look(self) -> None:
        """Have sessions looked at whose subjects' consents ran out.

        Raises:
            StoreAway: the same is seen to the next time.
        """
        now = self._now()
        over = await self._book.lapsed(self._looked, now)
        if over:
            await self._review.look(lambda session: (session.site, session.subject.id) in over)
            await self._book.forget_ends(now)
        self._looked = now
