"""What changes by itself is seen to: hours that end, tickets that are closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from gateway.errors import StoreAway
from gateway.model import Session
from gateway.policy.rights.hours import Hours, window_of
from gateway.policy.rights.profiles import Profile, Profiles
from gateway.sessions import timekeeper
from gateway.sessions.lapsing import Lapsing
from gateway.sessions.review import Review
from gateway.sessions.timekeeper import Timekeeper
from tests.sample import SESSION
from tests.sessions.support import Clock

OFFICE = Hours(windows=(window_of("mon-fri 08:00-18:00"),), zone="UTC")
PROFILES = Profiles(
    [
        Profile(name="Support", lifetime_ms=1, idle_ms=1, hours=OFFICE),
        Profile(name="Administrator", lifetime_ms=1, idle_ms=1),
    ]
)
BEFORE_SIX = 1_795_197_599_000  # Friday, 2026-11-20, one second before 18:00 UTC


@pytest.fixture(autouse=True)
def _looking_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timekeeper, "EVERY", 0.001)


class Looks:
    """A review that notes what it is asked to look at."""

    def __init__(self) -> None:
        self.asked: asyncio.Queue[Callable[[Session], bool]] = asyncio.Queue()
        self.away = 0

    async def look(self, concerned: Callable[[Session], bool]) -> None:
        if self.away:
            self.away -= 1
            raise StoreAway("store_away", "The store did not answer.")
        self.asked.put_nowait(concerned)


class Nothing:
    """No consent runs out."""

    async def look(self) -> None:
        pass


@asynccontextmanager
async def keeping(
    looks: Looks, clock: Clock, tickets_every: float | None = None
) -> AsyncIterator[None]:
    lapsing = cast("Lapsing", Nothing())
    kept = Timekeeper(PROFILES, cast("Review", looks), tickets_every, lapsing, clock)
    kept.start()
    try:
        async with asyncio.timeout(10):
            yield
    finally:
        await kept.stop()


def of(profile: str, ticket: str = "") -> Session:
    return replace(SESSION, actor=replace(SESSION.actor, profile=profile), ticket=ticket)


async def test_when_working_hours_end_sessions_are_looked_at_whatever_profile_they_began_in() -> (
    None
):
    looks, clock = Looks(), Clock(BEFORE_SIX)
    async with keeping(looks, clock):
        clock.at += 1000
        concerned = await looks.asked.get()
        assert concerned(of("Support"))
        assert concerned(of("Administrator")), "its operator may be in Support by now"
        clock.at += 62 * 3_600_000  # Monday, eight o'clock
        await looks.asked.get()
    assert looks.asked.empty()


async def test_what_the_store_could_not_say_is_asked_again() -> None:
    looks, clock = Looks(), Clock(BEFORE_SIX)
    looks.away = 2
    with capture_logs() as logs:
        async with keeping(looks, clock):
            clock.at += 1000
            await looks.asked.get()
    assert [each["event"] for each in logs] == ["timekeeper.store_away"] * 2


async def test_sessions_with_tickets_are_looked_at_as_often_as_tickets_are_looked_up() -> None:
    looks, clock = Looks(), Clock(BEFORE_SIX - 3_600_000)
    async with keeping(looks, clock, tickets_every=30):
        clock.at += 30_000
        concerned = await looks.asked.get()
        assert concerned(of("Support", "T-1"))
        assert not concerned(of("Support"))
        clock.at += 30_000
        await looks.asked.get()
