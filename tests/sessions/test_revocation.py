"""An end is announced to every worker, and every worker has confirmed it (law 9)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import redis.asyncio
from structlog.testing import capture_logs

from gateway.errors import StoreAway
from gateway.sessions.leases import Leases
from gateway.store import keys
from gateway.store.client import connect
from gateway.tasks import end
from tests.servers import StoreServer
from tests.sessions.support import Clock, Worker, a_session, worker
from tests.torture.network import Network


async def connected(side: Worker, *, state: bool = True) -> None:
    """Return when a worker has, or has lost, its subscription."""
    async with asyncio.timeout(15):
        while side.live.connected is not state:  # noqa: ASYNC110  a worker tells it to nobody
            await asyncio.sleep(0)


async def open_in(side: Worker, token: str) -> asyncio.Event:
    """Hold something open in a session; the event is set when it is cut."""
    live = await side.live.find(token, 0)
    assert live is not None
    cut = asyncio.Event()
    live.open.add(cut.set)
    return cut


@pytest.mark.threat(43)
async def test_when_announce_returns_every_worker_has_cut(
    one: Worker, two: Worker, clock: Clock
) -> None:
    session, other = a_session(clock), a_session(clock)
    token = await one.enter(session, await one.start(session))
    theirs = await one.enter(other, await one.start(other))
    cuts = [await open_in(side, token) for side in (one, two)]
    stays = await open_in(two, theirs)
    await one.revocation.announce(session.id)
    assert all(cut.is_set() for cut in cuts)
    assert not stays.is_set()


async def test_a_worker_that_does_not_confirm_makes_announce_fail(
    store_url: str, clock: Clock
) -> None:
    async with worker(store_url, clock) as side:
        session = a_session(clock)
        token = await side.enter(session, await side.start(session))
        cut = await open_in(side, token)
        await Leases(side.store).renew("silent", 5)
        with pytest.raises(StoreAway) as away:
            await side.revocation.announce(session.id)
        assert away.value.code == "workers_silent"
        assert cut.is_set(), "this worker has cut it all the same"


@pytest.mark.threat(43)
async def test_a_worker_whose_subscription_only_the_store_knows_to_be_lost_is_waited_for(
    store_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until it finds out it serves, and cannot be told; the store counts it no more."""
    for name, seconds in (("_HEARTBEAT", 0.3), ("_SILENCE", 1.0), ("_LEASE", 1.6)):
        monkeypatch.setattr(f"gateway.sessions.revocation.{name}", seconds)
    path = store_url.removeprefix("unix://")
    between = Network(lambda: asyncio.open_unix_connection(path))
    async with (
        await between.open(),
        worker(store_url, clock, wait=1.0) as one,
        worker(f"redis://127.0.0.1:{between.port}", clock, wait=0.5) as far,
    ):
        session = a_session(clock)
        cut = await open_in(far, await one.enter(session, await one.start(session)))
        lost = asyncio.create_task(between.lose(30))
        while await subscribed(one) > 1:
            pass
        with pytest.raises(StoreAway) as away:
            await one.revocation.announce(session.id)
        assert away.value.code == "workers_silent"
        assert not cut.is_set()
        async with asyncio.timeout(10):
            await cut.wait()
        await connected(far)
        await one.revocation.announce(session.id)
        await end(lost)


async def subscribed(side: Worker) -> int:
    """How many workers the store would tell of an end."""
    found: Any = await side.store.redis.pubsub_numsub(keys.endings())
    return int(found[0][1])


async def test_a_store_that_cannot_tell_of_ends_is_told_with_its_reason(
    store_server: StoreServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.sessions.revocation._SILENCE", 0.3)
    host = store_server.url.removeprefix("unix://")
    store: Any = redis.asyncio.Redis.from_url(store_server.url)
    async with store:
        await store.execute_command(
            "ACL", "SETUSER", "gw", "on", ">pw", "~*", "+@all", "resetchannels"
        )
    with pytest.raises(StoreAway) as away:
        async with worker(f"unix://gw:pw@{host}", clock):
            pass
    assert "to access a channel" in away.value.detail
    assert keys.endings() in away.value.advice


@pytest.mark.threat(43)
async def test_a_worker_that_lost_its_subscription_serves_nothing_and_comes_back(
    store_server: StoreServer, clock: Clock
) -> None:
    async with worker(store_server.url, clock, wait=0.5) as side:
        session = a_session(clock)
        token = await side.enter(session, await side.start(session))
        cut = await open_in(side, token)
        store_server.kill()
        await connected(side, state=False)
        assert cut.is_set()
        with pytest.raises(StoreAway) as away:
            await side.live.find(token, 0)
        assert away.value.code == "store_away"
        store_server.start()
        await connected(side)
        assert await side.live.find(token, 0) is not None


async def test_a_message_that_cannot_be_read_cuts_everything_and_is_survived(
    one: Worker, clock: Clock
) -> None:
    session = a_session(clock)
    token = await one.enter(session, await one.start(session))
    cut = await open_in(one, token)
    await one.store.redis.publish(keys.endings(), b"\xff")
    async with asyncio.timeout(5):
        await cut.wait()
    await connected(one)
    assert await one.live.find(token, 0) is not None
    await one.revocation.announce(session.id)


async def test_after_a_subscription_that_held_the_next_try_comes_soon_again(one: Worker) -> None:
    with capture_logs() as logs:
        for lost in range(1, 4):
            await one.store.redis.publish(keys.endings(), b"\xff")
            async with asyncio.timeout(5):
                while len(logs) < lost:  # noqa: ASYNC110  the log is where it is told
                    await asyncio.sleep(0)
            await connected(one)
    assert [each["retry_in"] for each in logs] == [0.05] * 3


async def test_a_worker_that_stopped_serves_nothing(one: Worker, clock: Clock) -> None:
    session = a_session(clock)
    token = await one.enter(session, await one.start(session))
    cut = await open_in(one, token)
    await one.revocation.stop()
    assert cut.is_set()
    with pytest.raises(StoreAway):
        await one.live.find(token, 0)


async def test_a_worker_that_is_known_to_have_ended_is_not_waited_for(
    store_url: str, clock: Clock
) -> None:
    async with worker(store_url, clock, wait=0.5) as side:
        leases = Leases(side.store)
        await leases.renew("killed", 60)
        await leases.renew("long ago", -1)
        with pytest.raises(StoreAway):
            await side.revocation.announce("any")
        await side.revocation.have_ended(["killed"])
        await side.revocation.announce("any")
        assert len(await leases.holders()) == 1, "its own"
    assert await holders(store_url) == set()


async def holders(url: str) -> set[str]:
    store = await connect(url, timeout=5)
    try:
        return await Leases(store).holders()
    finally:
        await store.aclose()
