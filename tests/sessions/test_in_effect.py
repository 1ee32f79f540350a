"""What a session may do at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from msgspec.structs import replace

from gateway.model import Mode, Session
from gateway.sessions.live import in_effect
from tests.sample import SESSION
from tests.sessions.support import Clock, Worker, a_session

RAISED = replace(SESSION, mode=Mode.READ_ONLY, elevated_until=2000)


def test_it_may_change_things_until_its_time_and_not_at_it() -> None:
    assert in_effect(RAISED, 1999).mode is Mode.READ_WRITE
    for now in (2000, 2001):
        fallen = in_effect(RAISED, now)
        assert (fallen.mode, fallen.elevated_until) == (Mode.READ_ONLY, 0)
    assert in_effect(SESSION, 0) is SESSION
    served = in_effect(RAISED, 1999)
    assert served.mode_at(1999) is Mode.READ_WRITE
    assert served.mode_at(2000) is Mode.READ_ONLY, "also where nobody has looked since"


async def test_a_worker_serves_it_raised_and_cuts_what_is_open_when_that_is_over(
    one: Worker, clock: Clock
) -> None:
    session = a_session(clock)
    token = await one.enter(session, await one.start(session))
    assert await one.live.find(token, 0)
    raised = replace(session, elevated_until=clock() + 1000)
    assert await one.repository.change(session.id, lambda _: raised)
    await one.revocation.announce(session.id, cut=False)
    live = await one.live.find(token, 0)
    assert live is not None
    assert live.session.mode is Mode.READ_WRITE
    cut: list[bool] = []
    live.open.add(lambda: cut.append(True))
    assert one.live.stays_at_hand(live, 0, clock() + 999)
    assert not one.live.stays_at_hand(live, 0, clock() + 1000)
    await one.live.cut_over()
    assert not cut
    clock.at += 1000
    await one.live.cut_over()
    assert cut == [True]
    again = await one.live.find(token, 0)
    assert again is not None
    assert again.session.mode is Mode.READ_ONLY


async def test_who_is_told_to_read_anew_keeps_what_is_under_way(one: Worker, clock: Clock) -> None:
    session = a_session(clock)
    token = await one.enter(session, await one.start(session))
    live = await one.live.find(token, 0)
    assert live is not None
    cut: list[bool] = []
    live.open.add(lambda: cut.append(True))
    longer = session.expires_at + 60_000
    assert await one.repository.change(session.id, lambda now: replace(now, expires_at=longer))
    await one.revocation.announce(session.id, cut=False)
    found = await one.live.find(token, 0)
    assert found is live
    assert (found.session.expires_at, found.until, cut) == (longer, longer, [])
    clock.at = session.expires_at
    live.seen_at = clock()
    await one.repository.touch(live.session, clock())
    await one.live.cut_over()
    assert not cut


async def test_who_change_it_at_once_all_count(one: Worker, clock: Clock) -> None:
    session = a_session(clock)
    await one.start(session)

    def adding(name: str) -> Callable[[Session], Session]:
        return lambda now: replace(now, capabilities=(*now.capabilities, name))

    names = [f"c{number}" for number in range(6)]
    await asyncio.gather(*(one.repository.change(session.id, adding(name)) for name in names))
    found = await one.repository.get(session.id)
    assert found is not None
    assert sorted(found.session.capabilities) == names


async def test_nobody_changes_a_session_whose_end_has_begun(one: Worker, clock: Clock) -> None:
    session = a_session(clock)
    await one.start(session)
    assert await one.repository.claim_end(session.id, clock(), "left", "r1")
    longer = replace(session, expires_at=session.expires_at + 1)
    assert await one.repository.change(session.id, lambda _: longer) is None
    await one.repository.remove(session.id)
    assert await one.repository.change(session.id, lambda _: longer) is None
