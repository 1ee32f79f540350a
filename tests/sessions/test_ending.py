"""Ends: claimed by one, recorded once, by request or by time."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from structlog.testing import capture_logs

from gateway.errors import StoreAway
from gateway.store import keys
from tests.servers import StoreServer
from tests.sessions.support import Clock, Worker, a_session, ends, worker


@pytest.fixture(autouse=True)
def _sweeping_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.sessions.ending._EVERY", 0.05)


async def gone(side: Worker, session_id: str) -> None:
    """Return when the store has forgotten a session."""
    async with asyncio.timeout(10):
        while await side.repository.get(session_id) is not None:
            pass


async def test_an_end_is_recorded_once_however_many_ask(
    one: Worker, two: Worker, clock: Clock, store_url: str
) -> None:
    session = a_session(clock)
    await one.start(session)
    await asyncio.gather(*(side.ending.end(session.id, reason="left") for side in (one, two) * 6))
    assert [each.session for each in await ends(store_url)] == [session.id]
    assert await one.repository.live() == []
    assert await one.ending.end(session.id, reason="left") is None


async def test_who_claimed_an_end_and_died_is_succeeded_after_ten_seconds(
    one: Worker, clock: Clock, store_url: str
) -> None:
    session = a_session(clock)
    await one.start(session)
    assert await one.repository.claim_end(session.id, clock(), "left", "r1")
    await one.ending.end(session.id, reason="left")
    assert await ends(store_url) == []
    clock.at += 10_000
    await one.ending.end(session.id, reason="left")
    assert len(await ends(store_url)) == 1


@pytest.mark.parametrize(("after_ms", "reason"), [(600_000, "idle"), (1_800_000, "expired")])
async def test_the_sweepers_of_all_workers_end_what_is_over_once(
    one: Worker, two: Worker, clock: Clock, store_url: str, after_ms: int, reason: str
) -> None:
    session = a_session(clock)
    fresh = a_session(clock, lifetime_ms=9_000_000, idle_ms=9_000_000)
    for each in (session, fresh):
        await one.start(each)
    clock.at += after_ms
    for side in (one, two):
        side.ending.start()
    await gone(one, session.id)
    for side in (one, two):
        await side.ending.stop()
    assert [(each.session, each.reason) for each in await ends(store_url)] == [(session.id, reason)]
    assert [found.session for found in await one.repository.live()] == [fresh]


async def test_an_end_that_nobody_was_there_to_record_is_recorded_days_later(
    one: Worker, clock: Clock, store_url: str
) -> None:
    session = a_session(clock)
    await one.start(session)
    ten_days = 10 * 86_400_000
    # The store's own clock goes on while no gateway runs.
    left = await one.store.redis.pttl(keys.session(session.id))
    await one.store.redis.pexpire(keys.session(session.id), left - ten_days)
    clock.at += ten_days
    one.ending.start()
    await gone(one, session.id)
    await one.ending.stop()
    assert [(each.session, each.reason) for each in await ends(store_url)] == [
        (session.id, "expired")
    ]


async def test_use_puts_the_idle_end_off_but_not_the_absolute_one(
    one: Worker, two: Worker, clock: Clock
) -> None:
    session = a_session(clock)
    token = await one.enter(session, await one.start(session))
    for _ in range(3):
        clock.at += 599_999
        live = await two.live.find(token, 0)
        assert live is not None
        assert clock() < live.idle_at
        await two.live.touch(live, clock())
        assert await one.repository.due(clock()) == []
    seen = await one.live.find(token, 0)
    assert seen is not None
    assert seen.idle_at == clock() + 600_000, "one worker hears of the other's use"
    assert await one.repository.due(session.expires_at) == [session.id]


async def test_what_is_used_all_the_time_is_never_idle_however_short_that_is(
    one: Worker, clock: Clock
) -> None:
    session = a_session(clock, idle_ms=3_000)
    token = await one.enter(session, await one.start(session))
    live = await one.live.find(token, 0)
    assert live is not None
    for _ in range(20):
        clock.at += 500
        await one.live.touch(live, clock())
        assert await one.repository.due(clock() + 2_000) == []


async def test_what_is_open_on_one_worker_is_not_cut_while_the_session_is_used_on_another(
    one: Worker, two: Worker, clock: Clock
) -> None:
    session = a_session(clock)
    token = await one.enter(session, await one.start(session))
    quiet = await one.live.find(token, 0)
    assert quiet is not None
    clock.at += 599_999
    used = await two.live.find(token, 0)
    assert used is not None
    await two.live.touch(used, clock())
    clock.at += 1
    await one.live.cut_over()
    assert not quiet.ended
    clock.at += 599_999
    await one.live.cut_over()
    assert quiet.ended


async def test_what_is_over_is_cut_also_when_the_store_cannot_tell(
    store_server: StoreServer, clock: Clock
) -> None:
    async with worker(store_server.url, clock) as one:
        session = a_session(clock)
        token = await one.enter(session, await one.start(session))
        live = await one.live.find(token, 0)
        assert live is not None
        store_server.kill()
        clock.at = session.expires_at
        await one.live.cut_over()
        assert live.ended


async def test_without_use_it_is_idle_exactly_then(one: Worker, clock: Clock) -> None:
    session = a_session(clock)
    await one.start(session)
    assert await one.repository.due(clock() + 599_999) == []
    assert await one.repository.due(clock() + 600_000) == [session.id]


async def test_a_session_that_cannot_be_read_does_not_keep_the_others_alive(
    one: Worker, clock: Clock, store_url: str
) -> None:
    broken, session = a_session(clock), a_session(clock)
    await one.start(broken)
    clock.at += 1
    await one.start(session)
    await one.store.redis.hset(keys.session(broken.id), "data", b"not a session")
    clock.at = session.expires_at
    with capture_logs() as logs:
        one.ending.start()
        await gone(one, session.id)
        later = a_session(clock)
        await one.start(later)
        clock.at = later.expires_at
        await gone(one, later.id)
        await one.ending.stop()
    assert {each.session for each in await ends(store_url)} == {session.id, later.id}
    failed = [each for each in logs if each["event"] == "sweep.failed"]
    assert {each["session"] for each in failed} == {broken.id}


@pytest.mark.threat(43)
async def test_what_is_open_is_cut_at_its_time_also_while_the_store_is_away(
    store_server: StoreServer, clock: Clock
) -> None:
    async with worker(store_server.url, clock, wait=0.5) as side:
        session = a_session(clock)
        token = await side.enter(session, await side.start(session))
        live = await side.live.find(token, 0)
        assert live is not None
        cut = asyncio.Event()
        live.open.add(cut.set)
        side.ending.start()
        clock.at = session.expires_at
        store_server.kill()
        async with asyncio.timeout(10):
            await cut.wait()
        await side.ending.stop()
        with pytest.raises(StoreAway):
            await side.ending.end(session.id, reason="left")


async def test_an_end_that_was_begun_is_finished_for_the_reason_given_first(
    one: Worker, two: Worker, clock: Clock, store_url: str
) -> None:
    session = a_session(clock)
    await one.start(session)
    assert await one.repository.claim_end(session.id, clock(), "left", "r1")
    clock.at += 10_000
    two.ending.start()
    await gone(two, session.id)
    await two.ending.stop()
    [told] = await ends(store_url)
    assert (told.session, told.reason, told.id) == (session.id, "left", "r1")


async def ended(side: Worker, session_id: str) -> None:
    """End a session as soon as the worker hears of ends again."""
    async with asyncio.timeout(10):
        while True:
            side.clock.at += 10_000  # nobody else has come to the end
            with suppress(StoreAway):
                await side.ending.end(session_id, reason="left")
                return


async def test_an_end_whose_record_comes_late_is_recorded_once(
    store_server: StoreServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with worker(store_server.url, clock, wait=0.5) as side:
        session = a_session(clock)
        await side.start(session)
        announce = side.revocation.announce

        async def and_the_store_goes(session_id: str) -> None:
            await announce(session_id)
            store_server.kill()

        with monkeypatch.context() as patch:
            patch.setattr(side.revocation, "announce", and_the_store_goes)
            with pytest.raises(StoreAway):
                await side.ending.end(session.id, reason="left")
        store_server.start()
        await ended(side, session.id)
    assert len(await ends(store_server.url)) == 1
