"""The outbox: what is put in comes out until it is delivered or given up, and nothing else."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from gateway.errors import StoreAway
from gateway.notices import outbox as module
from gateway.notices.item import items_of
from gateway.notices.outbox import Outbox
from gateway.store.client import Store
from tests.notices.support import AT, NOTICE

BOTH = items_of(replace(NOTICE, to=("a@x.example", "b@x.example")), ("mail", "webhook"))


async def test_each_address_and_each_way_is_a_delivery_of_its_own(store: Store) -> None:
    outbox = Outbox(store)
    await outbox.put(BOTH, AT)
    assert [each.item.to for each in await outbox.due("mail", AT, 9)] == [
        "a@x.example",
        "b@x.example",
    ]
    [posted] = await outbox.due("webhook", AT, 9)
    assert posted.item.notice.to == ("a@x.example", "b@x.example")
    assert posted.since == AT
    assert await outbox.due("mail", AT - 1, 9) == []
    assert len(await outbox.due("mail", AT, 1)) == 1


async def test_the_same_notice_is_kept_once_even_after_it_was_delivered(store: Store) -> None:
    outbox = Outbox(store)
    await outbox.put(BOTH, AT)
    await outbox.put(BOTH, AT + 1)
    for waiting in await outbox.due("mail", AT, 9):
        await outbox.delivered(waiting)
    await outbox.put(BOTH, AT + 2)
    assert await outbox.due("mail", AT + 9, 9) == []
    assert await outbox.counts() == {"waiting": 1, "delivered": 2, "dead": 0}


async def test_what_is_put_off_is_due_later_and_counts_its_tries(store: Store) -> None:
    outbox = Outbox(store)
    await outbox.put(BOTH, AT)
    first, second = await outbox.due("mail", AT, 9)
    await outbox.later(first, AT + 60_000)
    assert [each.item.to for each in await outbox.due("mail", AT, 9)] == [second.item.to]
    [again] = [each for each in await outbox.due("mail", AT + 60_000, 9) if each.tries]
    assert (again.item, again.tries, again.since) == (first.item, 1, AT)
    await outbox.delivered(again)
    await outbox.later(first, AT)  # as one would who had lost the lease
    assert [each.item.to for each in await outbox.due("mail", AT + 60_000, 9)] == [second.item.to]


async def test_the_dead_are_kept_until_they_are_tried_again_or_dropped(store: Store) -> None:
    outbox = Outbox(store)
    await outbox.put(BOTH, AT)
    for waiting in await outbox.due("mail", AT, 9):
        await outbox.give_up(waiting, "550 no such user", AT + 5)
    first, second = await outbox.dead()
    assert (first.why, first.at, first.item) == ("550 no such user", AT + 5, BOTH[0])
    assert await outbox.revive(first, AT + 9)
    assert not await outbox.revive(first, AT + 9)
    assert await outbox.drop(second)
    assert not await outbox.drop(second)
    assert await outbox.dead() == []
    [again] = await outbox.due("mail", AT + 9, 9)
    assert (again.item, again.since) == (BOTH[0], AT + 9)
    assert await outbox.counts() == {"waiting": 2, "delivered": 0, "dead": 0}


async def test_what_cannot_be_read_is_put_off_and_hides_no_other(store: Store) -> None:
    outbox = Outbox(store)
    await outbox.put(BOTH, AT)
    first = (await outbox.due("mail", AT, 1))[0].position
    odd = msgspec.json.encode(BOTH[0]).replace(b"session_started", b"something_new")
    position = await store.redis.xadd("gateway:notices", {"since": AT, "item": odd})
    redis: Any = store.redis
    await redis.zadd("gateway:notices_due_mail:{gateway:notices}", {position: AT - 1})
    assert [each.position for each in await outbox.due("mail", AT, 2)] == [first]
    assert len(await outbox.due("mail", AT, 3)) == 2
    assert len(await outbox.due("mail", AT + module.UNREADABLE_MS, 9)) == 2
    assert (await outbox.counts())["waiting"] == 4


async def test_what_does_not_fit_is_not_kept_and_that_is_told(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    outbox = Outbox(store)
    with pytest.raises(StoreAway) as full:
        await outbox.put(BOTH, AT)
    assert full.value.code == "notices_full"
    assert await outbox.counts() == {"waiting": 0, "delivered": 0, "dead": 0}


async def test_what_is_done_leaves_nothing_behind(store: Store) -> None:
    outbox = Outbox(store)
    await outbox.put(BOTH, AT)
    for way in module.WAYS:
        for waiting in await outbox.due(way, AT, 9):
            await outbox.later(waiting, AT)
            await outbox.delivered(waiting)
    left = {key async for key in store.redis.scan_iter()}
    ours = {key for key in left if b"notices" in key}
    of = "gateway:notices_{}:{{gateway:notices}}".format
    assert ours == {
        b"gateway:notices",
        of("seen").encode(),
        of("counts").encode(),
    }
    await outbox.put(items_of(replace(NOTICE, id="later"), ("mail",)), AT + 200_000_000)
    assert await store.redis.zcard(of("seen")) == 1
