"""Who looks into the sessions of others is on record, before they see anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

from gateway.audit.reading.fields import Fields
from gateway.audit.record import Kind
from gateway.console.values import Client
from gateway.model import Mode, Operator, User
from gateway.sessions.events import Events
from gateway.store import keys
from gateway.store.client import Store

EVERY: Final = 3600
"""Seconds in which looking again is the same look, on whichever worker."""


class Watched:
    """Puts it on record. Methods raise `StoreAway`."""

    def __init__(self, store: Store, events: Events) -> None:
        self._store = store
        self._redis = cast("Any", store.redis)
        self._events = events

    async def by(
        self, operator: Operator, client: Client, start: Fields, rules: Sequence[str]
    ) -> None:
        """Put on record that somebody looks into a session of which `start` is a record."""
        session, subject = start.get("session", ""), start.get("subject", {})
        key = keys.watched(operator.id, session)
        async with self._store.answers("see who looks"):
            if await self._redis.exists(key):
                return
        await self._events.of_desk(
            Kind.AUDIT_VIEWED,
            operator,
            client,
            site=start.get("site", ""),
            about=session,
            rule=",".join(rules),
            why="",
            detail="",
            subject=User(
                id=subject.get("id", ""),
                name=subject.get("name", ""),
                email=subject.get("email", ""),
                account=subject.get("account", ""),
            ),
            mode=Mode(start["mode"]) if "mode" in start else None,
            session=session,
        )
        async with self._store.answers("keep who looks"):
            await self._redis.set(key, "1", ex=EVERY)
