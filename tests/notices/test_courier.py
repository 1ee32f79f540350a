"""Couriers: one delivers, what is not taken waits longer each time, and what is sent is counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace

from gateway.notices import courier as module
from gateway.notices.courier import GIVE_UP_MS, Courier
from gateway.notices.item import Item, items_of
from gateway.notices.outbox import Outbox
from gateway.notices.way import Away, Later, Never
from gateway.store.client import Store
from gateway.store.keys import notices_of
from gateway.store.lease import Lease
from tests.e2e.harness import until
from tests.notices.support import AT, NOTICE


class Post:
    """A way that says of each address what a test wants; tells of each try."""

    def __init__(self) -> None:
        self.tries: asyncio.Queue[str] = asyncio.Queue()
        self.faults: dict[str, Exception] = {}
        self.block: asyncio.Event | None = None

    async def send(self, item: Item) -> None:
        self.tries.put_nowait(item.to)
        if self.block is not None:
            await self.block.wait()
        if item.to in self.faults:
            raise self.faults[item.to]

    async def rest(self) -> None:
        """Nothing is open."""


class Watch:
    """The wall clock, moved by a test."""

    def __init__(self) -> None:
        self.at = AT

    def __call__(self) -> int:
        return self.at


@asynccontextmanager
async def delivering(
    store: Store, post: Post, watch: Watch, who: str = "one"
) -> AsyncIterator[Courier]:
    lease = Lease(store, notices_of("lease_mail"), who)
    courier = Courier("mail", post, Outbox(store), lease, lambda: 1.0, watch)
    courier.start()
    try:
        yield courier
    finally:
        await courier.stop()


async def is_so(store: Store, **expected: int) -> None:
    async def holds() -> bool:
        await asyncio.sleep(0.01)
        return (await Outbox(store).counts()).items() >= expected.items()

    await until(holds)


async def put(store: Store, *to: str) -> None:
    await Outbox(store).put(items_of(replace(NOTICE, to=to), ("mail",)), AT)


async def next_try(post: Post) -> str:
    async with asyncio.timeout(10):
        return await post.tries.get()


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_IDLE", 0.01)
    monkeypatch.setattr(module, "_STANDBY", 0.05)
    monkeypatch.setattr("gateway.audit.forward.pace.SHORTEST", 0.01)


async def test_what_one_address_is_refused_holds_up_no_other(store: Store) -> None:
    post, watch = Post(), Watch()
    post.faults = {"a@x": Never("550"), "b@x": Later("450"), "c@x": Away("reset")}
    post.faults["e@x"] = RuntimeError("a fault of ours")
    await put(store, "e@x", "a@x", "b@x", "c@x", "d@x")
    async with delivering(store, post, watch):
        assert "".join([(await next_try(post))[0] for _ in range(5)]) == "eabcd"
        await is_so(store, waiting=3, dead=1, delivered=1)
        watch.at += 1000
        assert {await next_try(post) for _ in range(3)} == {"b@x", "c@x", "e@x"}
        watch.at += 1000
        await asyncio.sleep(0.1)
        assert post.tries.empty(), "the second pause is longer than the first"
        watch.at += 1000
        assert {await next_try(post) for _ in range(3)} == {"b@x", "c@x", "e@x"}
        post.faults.clear()
        watch.at += 1000 * int(module.LONGEST_PAUSE)
        await is_so(store, waiting=0, dead=1, delivered=4)


async def test_after_a_day_it_is_given_up(store: Store) -> None:
    post, watch = Post(), Watch()
    post.faults = {"a@x": Away("reset"), "b@x": Later("450")}
    await put(store, "a@x", "b@x")
    async with delivering(store, post, watch):
        await is_so(store, waiting=2, dead=0)
        watch.at += GIVE_UP_MS
        await is_so(store, waiting=0, dead=2)
    assert {dead.why for dead in await Outbox(store).dead()} >= {"reset"}


async def test_one_delivers_and_another_takes_its_place_when_it_stops(store: Store) -> None:
    first, second, watch = Post(), Post(), Watch()
    async with delivering(store, first, watch) as one:
        await put(store, "a@x")
        assert await next_try(first) == "a@x"
        async with delivering(store, second, watch, "two"):
            await put(store, "b@x")
            assert await next_try(first) == "b@x"
            await is_so(store, delivered=2)
            await one.stop()
            await put(store, "c@x")
            assert await next_try(second) == "c@x"
    assert first.tries.empty()


async def test_what_is_being_sent_at_a_stop_is_finished(store: Store) -> None:
    post, watch = Post(), Watch()
    post.block = asyncio.Event()
    await put(store, "a@x", "b@x")
    async with delivering(store, post, watch) as courier:
        await next_try(post)
        stopping = asyncio.create_task(courier.stop())
        await asyncio.sleep(0)
        post.block.set()
        await stopping
    assert await Outbox(store).counts() == {"waiting": 1, "delivered": 1, "dead": 0}
    assert post.tries.empty()


async def test_what_was_sent_and_not_counted_is_sent_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_STOP", 0.01)
    post, watch = Post(), Watch()
    post.block = asyncio.Event()
    await put(store, "a@x")
    async with delivering(store, post, watch):
        await next_try(post)
    post.block = None
    async with delivering(store, post, watch, "two"):
        assert await next_try(post) == "a@x"
        await is_so(store, waiting=0, delivered=1)
