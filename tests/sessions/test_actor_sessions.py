"""One session for each operator and site, unless a policy allows more."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from gateway.model import Session
from gateway.sessions.actor_sessions import ActorSessions
from tests.sessions.support import Clock, Worker, a_session


def sessions_of(side: Worker) -> ActorSessions:
    return ActorSessions(side.store, side.repository)


async def started(side: Worker, session: Session) -> None:
    taken = await sessions_of(side).take(session, frozenset())
    assert taken
    await side.start(session)


async def test_a_live_session_is_seen_on_its_site_and_by_its_actor_alone(
    one: Worker, clock: Clock
) -> None:
    session = a_session(clock)
    await started(one, session)
    actor = session.actor.id
    assert await sessions_of(one).live(actor, session.site, clock()) == {session.id}
    assert await sessions_of(one).live(actor, "billing", clock()) == frozenset()
    assert await sessions_of(one).live("somebody", session.site, clock()) == frozenset()


async def test_what_ended_is_not_seen_any_more_however_short_it_was(
    one: Worker, clock: Clock
) -> None:
    session = a_session(clock)
    await started(one, session)
    await one.ending.end(session.id, reason="left")
    assert await sessions_of(one).live(session.actor.id, session.site, clock()) == frozenset()
    assert await sessions_of(one).take(a_session(clock), frozenset())


async def test_one_that_is_about_to_be_kept_counts(one: Worker, clock: Clock) -> None:
    session = a_session(clock)
    assert await sessions_of(one).take(session, frozenset())
    actor, site = session.actor.id, session.site
    assert await sessions_of(one).live(actor, site, clock()) == {session.id}
    clock.at += 10_000
    assert await sessions_of(one).live(actor, site, clock()) == frozenset(), "it never came"


async def test_of_several_starts_at_once_one_is_the_first(
    one: Worker, two: Worker, clock: Clock
) -> None:
    tries = [(side, a_session(clock)) for side in (one, two) * 4]
    took = await asyncio.gather(*(sessions_of(s).take(each, frozenset()) for s, each in tries))
    assert sum(took) == 1


async def test_who_may_have_several_takes_one_more_beside_those_that_were_seen(
    one: Worker, clock: Clock
) -> None:
    first, second = a_session(clock), a_session(clock)
    await started(one, first)
    assert not await sessions_of(one).take(second, frozenset())
    assert await sessions_of(one).take(second, frozenset({first.id}))
    longer = replace(a_session(clock), expires_at=clock() + 9_000_000)
    assert not await sessions_of(one).take(longer, frozenset({first.id}))
    seen = await sessions_of(one).live(first.actor.id, first.site, clock())
    assert seen == {first.id, second.id}
    assert await sessions_of(one).take(longer, seen)
