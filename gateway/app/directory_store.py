"""Directories that are kept in the store: loaded at the start, and followed from then on.

Who is there is right at once. The index of a search is built anew a while later, in a process
beside, and not again and again while much changes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Final

import structlog

from gateway.app.aside import index_aside
from gateway.app.clock import wall_clock
from gateway.errors import GatewayError, StoreAway
from gateway.model import Account, User
from gateway.people.changes import Changes, changes, changes_by
from gateway.people.house_contacts import HouseTemplate
from gateway.people.memory import MemoryDirectory, index_of
from gateway.people.population import Population
from gateway.people.stored import Gathered, ledger_of, read_all
from gateway.sessions.review import Review
from gateway.store.client import Store
from gateway.store.ledger import Ledger, follow_pages
from gateway.tasks import end, lasting

AGAIN: Final = 0.5
"""Seconds until the store is asked again that was away."""
SETTLED: Final = 0.1
"""Seconds in which further changes may come before an index is built."""
_REST: Final = 4
"""How much longer than building an index took nothing is built."""

_log = structlog.get_logger("directory")


class DirectoryStore:
    """Keeps the directory of one site up to date with the store."""

    def __init__(
        self,
        site: str,
        template: HouseTemplate | None,
        directory: MemoryDirectory,
        store: Store,
        review: Review,
    ) -> None:
        self._site = site
        self._template = template
        self._directory = directory
        self._store = store
        self._review = review
        self._ledger = Ledger(store, ledger_of(site))
        self._gathered = Gathered()
        self._after: dict[str, str] = {}
        self._concerned = Changes(frozenset(), accounts=False, words="")
        self._to_review, self._to_index = asyncio.Event(), asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.stale = False
        """Whether the store may say something else than what holds."""
        self.read_at = 0
        """When everybody was read last, in milliseconds since the Unix epoch; 0: never."""

    async def load(self) -> None:
        """Read everybody, and index them.

        Raises:
            StoreAway: the store does not answer.
        """
        started = time.monotonic()
        people = await self._read()
        self._directory.swap(people)
        self._directory.swap_index(await asyncio.to_thread(index_of, people), people)
        took = round(time.monotonic() - started, 2)
        _log.info("directory.loaded", site=self._site, users=len(people), seconds=took)

    def start(self) -> None:
        """Begin to follow what is changed."""
        for work in (self._follow, self._look, self._index):
            self._tasks.append(lasting(work, f"directory {work.__name__}"))

    async def stop(self) -> None:
        """Follow no more."""
        for task in self._tasks:
            await end(task)

    async def _read(self) -> Population:
        self._after = {self._ledger.name: await self._ledger.last()}  # what comes later comes again
        people, self._gathered = await read_all(self._ledger, self._template)
        self.read_at = wall_clock()
        self._tell(people)
        return people

    async def _follow(self) -> None:
        while True:
            try:
                if self.stale:
                    await self._read_again()
                async for _, page in follow_pages(self._store, self._after):
                    self._gathered.take_changes(page)
                    self._let_hold(*self._gathered.taken())
            except StoreAway as away:
                _log.warning("directory.store_away", site=self._site, detail=away.detail)
            except Exception:  # noqa: BLE001 - whatever it is, everybody is read again
                _log.exception("directory.not_followed", site=self._site)
            self.stale = True
            await asyncio.sleep(AGAIN)

    async def _read_again(self) -> None:
        """Read everybody again: a store that was away may have lost what it had told."""
        before = self._directory.people
        people = await self._read()
        found = await asyncio.to_thread(changes, before, people)
        self._directory.swap(people)
        self._concern(found)
        self.stale = False

    def _let_hold(
        self, accounts: Mapping[str, Account | None], users: Mapping[str, User | None]
    ) -> None:
        before = self._directory.people
        people = before.but(accounts, users)
        found = changes_by(before, people, accounts, users)
        self._directory.swap(people)
        if people.faults != before.faults:
            self._tell(people)
        self._concern(found)

    def _concern(self, found: Changes) -> None:
        if found.words:
            self._concerned = self._concerned.joined(found)
            self._to_review.set()
            self._to_index.set()

    def _tell(self, people: Population) -> None:
        for fault in people.faults:
            _log.warning("directory.fault", site=self._site, detail=fault)

    async def _look(self) -> None:
        """Look at the sessions that changes concern."""
        while True:
            await self._to_review.wait()
            self._to_review.clear()
            found, self._concerned = self._concerned, Changes(frozenset(), accounts=False, words="")
            await self._looked_at(found)

    async def _looked_at(self, found: Changes) -> None:
        while True:
            try:
                await self._review.of_directory(self._site, found)
            except StoreAway as away:
                _log.warning("directory.store_away", site=self._site, detail=away.detail)
            except Exception:  # noqa: BLE001 - it is tried again
                _log.exception("directory.not_reviewed", site=self._site)
            else:
                return
            await asyncio.sleep(AGAIN)

    async def _index(self) -> None:
        while True:
            await self._to_index.wait()
            await asyncio.sleep(SETTLED)
            self._to_index.clear()
            started, people = time.monotonic(), self._directory.people
            try:
                self._directory.swap_index(await index_aside(people), people)
            except (GatewayError, OSError) as fault:
                _log.error("directory.not_indexed", site=self._site, detail=str(fault))
                self._to_index.set()
            await asyncio.sleep(_REST * (time.monotonic() - started))
