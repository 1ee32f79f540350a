"""Ending sessions: by request, by time, everywhere at once, and on record once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator

import structlog

from gateway.console.values import Client
from gateway.errors import StoreAway
from gateway.model import Session
from gateway.sessions.actor_sessions import ActorSessions
from gateway.sessions.events import Events
from gateway.sessions.live import LiveSessions
from gateway.sessions.repository import SessionRepository, deadline
from gateway.sessions.revocation import Revocation
from gateway.tasks import end, lasting

_EVERY = 1.0
_log = structlog.get_logger("sessions")


class Ending:
    """Ends sessions.

    Args:
        repository: where they are.
        actors: counts the sessions of each operator.
        live: this worker's.
        revocation: tells all workers.
        events: puts ends on record.
        now: the wall clock in milliseconds.
    """

    def __init__(
        self,
        repository: SessionRepository,
        actors: ActorSessions,
        live: LiveSessions,
        revocation: Revocation,
        events: Events,
        now: Callable[[], int],
    ) -> None:
        self._repository = repository
        self._actors = actors
        self._live = live
        self._revocation = revocation
        self._events = events
        self._now = now
        self._sweeper: asyncio.Task[None] | None = None

    async def end(
        self, session_id: str, *, reason: str, detail: str = "", client: Client | None = None
    ) -> Session | None:
        """End a session; when this returns no byte passes in it on any worker (law 9).

        Returns:
            The session, or None when there was none any more.

        Raises:
            StoreAway: it is not certain that it ended everywhere, or that its end is on record;
                asking again is safe.
        """
        found = await self._repository.get(session_id)
        record = (found.record if found else "") or self._events.new_id()
        claimed = await self._repository.claim_end(session_id, self._now(), reason, record)
        await self._revocation.announce(session_id)
        if found is None:
            return None
        if claimed:
            await self._events.ended(
                found.session, client, record, reason=found.reason or reason, detail=detail
            )
            await self._actors.forget(found.session)
            await self._repository.remove(session_id)
        return found.session

    def start(self) -> None:
        """Begin to end sessions whose time is over."""
        self._sweeper = lasting(self._sweep, "session sweeper")

    async def stop(self) -> None:
        """Stop doing so."""
        if self._sweeper is not None:
            await end(self._sweeper)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_EVERY)
            try:
                await self._live.cut_over()
                for session_id in await self._repository.due(self._now()):
                    with _logged(session_id):
                        await self._end_if_over(session_id)
            except StoreAway as away:
                _log.warning("sweep.store_away", detail=away.detail)

    async def _end_if_over(self, session_id: str) -> None:
        found = await self._repository.get(session_id)
        if found is None:
            await self._repository.remove(session_id)
            return
        now = self._now()
        if found.ending:  # somebody began to end it and did not come to the end
            await self.end(session_id, reason=found.reason)
            return
        if now < deadline(found.session, found.seen_at):
            return
        reason = "expired" if now >= found.session.expires_at else "idle"
        await self.end(session_id, reason=reason)


@contextlib.contextmanager
def _logged(session_id: str) -> Iterator[None]:
    """Keep what is wrong with one session from keeping the others alive."""
    try:
        yield
    except StoreAway:
        raise
    except Exception:  # noqa: BLE001 - whatever it was, the sweep goes on
        _log.exception("sweep.failed", session=session_id)
