"""Rights that change by themselves: working hours that begin or end, tickets that are closed,
consents that run out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from gateway.errors import StoreAway
from gateway.policy.rights.profiles import Profiles
from gateway.sessions.lapsing import Lapsing
from gateway.sessions.review import Review
from gateway.tasks import end

EVERY: Final = 0.5
"""Seconds between looks at the clock."""
_log = structlog.get_logger("sessions")


class Timekeeper:
    """Has sessions looked at again when their time has come.

    Args:
        tickets_every: seconds after which a ticket is looked up again; None: never.
        lapsing: looks for consents that ran out.
        now: the wall clock in milliseconds.
    """

    def __init__(
        self,
        profiles: Profiles,
        review: Review,
        tickets_every: float | None,
        lapsing: Lapsing,
        now: Callable[[], int],
    ) -> None:
        self._profiles = profiles
        self._review = review
        self._tickets_every = tickets_every
        self._lapsing = lapsing
        self._now = now
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look at the clock."""
        self._task = asyncio.create_task(self._run(self._at_work(), self._now()), name="timekeeper")

    async def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            await end(self._task)

    async def _run(self, before: dict[str, bool], looked_up: int) -> None:
        while True:
            await asyncio.sleep(EVERY)
            try:
                now = self._at_work()
                if now != before:
                    # All: who began in another profile may be in one of these by now.
                    await self._review.look(lambda _: True)
                before = now
                if self._are_due(looked_up):
                    await self._review.look(lambda session: bool(session.ticket))
                    looked_up = self._now()
                await self._lapsing.look()
            except StoreAway as away:  # the same is seen to the next time
                _log.warning("timekeeper.store_away", detail=away.detail)
            except Exception:  # noqa: BLE001 - a fault of one look ends no others
                _log.exception("timekeeper.failed")

    def _at_work(self) -> dict[str, bool]:
        now = self._now()
        return {name: self._profiles[name].at_work(now) for name in self._profiles.names}

    def _are_due(self, looked_up: int) -> bool:
        every = self._tickets_every
        return every is not None and self._now() - looked_up >= every * 1000
