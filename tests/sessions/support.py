"""Workers of a gateway without their listeners: sessions over a real store, and a clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from gateway.audit.record import Kind, Record
from gateway.audit.writing.emitter import Emitter
from gateway.audit.writing.redis_sink import RedisSink
from gateway.console.values import Client
from gateway.model import Session
from gateway.sessions import tokens
from gateway.sessions.actor_sessions import ActorSessions
from gateway.sessions.desk import SessionDoor
from gateway.sessions.ending import Ending
from gateway.sessions.events import Events
from gateway.sessions.jar import Cookie
from gateway.sessions.live import LiveSessions
from gateway.sessions.paths import SessionPaths
from gateway.sessions.repository import Entry, SessionRepository
from gateway.sessions.revocation import Revocation
from gateway.site import Places
from gateway.store.client import Store, connect
from tests.audit.support import KEY, new_ids, records
from tests.middleware.support import a_site
from tests.sample import SESSION

SITE = replace(a_site(), more_hosts=("api.example.com",))
PLACES = Places("acting.example.com", [SITE], frozenset({"8080"}))
START = 1_795_319_163_000
CLIENT = Client(address="192.0.2.7", agent="a test")


@dataclass
class Clock:
    """Milliseconds that a test moves."""

    at: int = START

    def __call__(self) -> int:
        return self.at


@dataclass
class Worker:
    """What one worker knows and does of sessions."""

    store: Store
    clock: Clock
    repository: SessionRepository
    live: LiveSessions
    revocation: Revocation
    ending: Ending
    door: SessionDoor

    async def start(self, session: Session) -> str:
        """Keep a new session; give the code that enters it."""
        code = tokens.new_secret()
        await self.repository.add(session, tokens.digest(code))
        return code

    async def code(self, session: Session) -> str:
        """One more code."""
        code = tokens.new_secret()
        await self.repository.add_code(Entry(session.id), tokens.digest(code))
        return code

    async def enter(self, session: Session, code: str) -> str:
        """Enter with a code that is good; give the browser's token."""
        entered = await self.door.enter(session.host, code, CLIENT)
        assert entered is not None
        return entered.token


def a_session(clock: Clock, *, lifetime_ms: int = 1_800_000, idle_ms: int = 600_000) -> Session:
    session_id = tokens.new_id()
    return msgspec.structs.replace(
        SESSION,
        id=session_id,
        host=f"{session_id}.crm.example.com",
        started_at=clock(),
        expires_at=clock() + lifetime_ms,
        idle_ms=idle_ms,
    )


@asynccontextmanager
async def worker(url: str, clock: Clock, *, wait: float = 2.0) -> AsyncIterator[Worker]:
    """A worker that is subscribed."""
    store = replace(await connect(url, timeout=5), timeout=wait)
    ids = new_ids()
    emitter = Emitter(RedisSink(store), ids, KEY.sign, shards=1, wait=wait)
    events = Events(emitter, ids, clock)
    repository = SessionRepository(store)
    live = LiveSessions(repository, clock)
    revocation = Revocation(store, live, emitter.writer)
    ending = Ending(repository, ActorSessions(store, repository), live, revocation, events, clock)
    paths = SessionPaths(lambda host: f"https://{host}", "/_gateway/", {"crm": 1}, {})
    door = SessionDoor(PLACES, paths, repository, live, revocation, ending, events)
    try:
        await revocation.start()
        yield Worker(store, clock, repository, live, revocation, ending, door)
    finally:
        await revocation.stop()
        await emitter.aclose()
        await store.aclose()


async def ends(url: str) -> list[Record]:
    """The records of ended sessions."""
    return [each for each in await records(url) if each.kind is Kind.SESSION_ENDED]


def a_cookie(name: str, value: str = "1", **more: Any) -> Cookie:
    """One cookie of the app's host; `more` goes over the defaults."""
    plain = Cookie(
        name=name,
        value=value,
        domain="crm.example.com",
        host_only=True,
        path="/",
        secure=True,
        http_only=True,
        same_site="Default",
        created_at=1,
    )
    return msgspec.structs.replace(plain, **more)
