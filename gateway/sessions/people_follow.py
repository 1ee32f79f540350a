"""Keeps this worker's operators as the store has them, and looks at sessions that hang on them.

What is heard holds at once. Sessions are looked at beside it, as often as there is news: however
many changes come together, each session is looked at once, and again when the store went away.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog

from gateway.errors import StoreAway
from gateway.model import Session
from gateway.people.operators import Operators
from gateway.people.people_book import LEDGER, PeopleBook, heard
from gateway.sessions.review import Review
from gateway.store.client import Store
from gateway.store.ledger import follow
from gateway.tasks import end, lasting

_PAUSE = 0.2
"""Seconds until what the store did not answer is tried again."""
_log = structlog.get_logger("people")


class PeopleFollow:
    """Follows the ledger of people."""

    def __init__(
        self, store: Store, book: PeopleBook, operators: Operators, review: Review
    ) -> None:
        self._store = store
        self._book = book
        self._operators = operators
        self._review = review
        self._after: dict[str, str] = {}
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def load(self) -> None:
        """Read how everybody is.

        Raises:
            StoreAway: nobody knows how they are.
        """
        self._after = {LEDGER: await self._book.last()}
        self._operators.take((await self._book.seen()).people)

    def start(self) -> None:
        """Follow from there.

        Sessions that live from before are looked at too: people, directories, policies and what
        accounts allow may have changed while no gateway ran.
        """
        self._news.set()
        self._tasks = [
            lasting(self._follow, "people"),
            lasting(self._look, "people's sessions"),
            lasting(self._watch_groups, "groups of directories"),
        ]

    async def stop(self) -> None:
        """Follow no more."""
        for task in self._tasks:
            await end(task)

    async def _follow(self) -> None:
        while True:
            try:
                async for _, change in follow(self._store, self._after):
                    news = heard(change)
                    if news is not None:
                        self._operators.take(dict([news]))
                        self._news.set()
            except StoreAway as away:
                _log.warning("people.store_away", detail=away.detail)
            except Exception:  # noqa: BLE001 - a fault of one change keeps no others away
                _log.exception("people.not_followed")
            await asyncio.sleep(_PAUSE)
            await self._read()

    async def _read(self) -> None:
        """See how everybody is, while changes cannot be followed."""
        before = self._operators.listed
        with suppress(StoreAway):
            self._operators.take((await self._book.seen()).people)
        if self._operators.listed != before:
            self._news.set()

    async def _watch_groups(self) -> None:
        """See when directories make others operators."""
        seen = self._operators.groups_version
        while True:
            await asyncio.sleep(_PAUSE)
            if seen != (seen := self._operators.groups_version):
                self._news.set()

    async def _look(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self._review.look(self._is_out)
                await self._review.look(lambda _: True)
            except StoreAway as away:
                self._news.set()
                _log.warning("people.store_away", detail=away.detail)
            except Exception:  # noqa: BLE001 - it is tried again: somebody may have to be out
                self._news.set()
                _log.exception("people.not_looked_at")
            if self._news.is_set():
                await asyncio.sleep(_PAUSE)

    def _is_out(self, session: Session) -> bool:
        return self._operators.get(session.actor.id) is None
