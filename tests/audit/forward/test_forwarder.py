"""Forwarders over a real store and a real receiver that is not always there."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from gateway.audit.forward.deliver import NO_RECORD, TRIES
from gateway.audit.forward.forwarder import BATCH
from gateway.audit.record import Kind
from gateway.store.keys import audit_forwarder, audit_stream
from tests.audit.forward.support import (
    NAME,
    Post,
    forwarding,
    opened,
    put,
    put_many,
    receiving,
    webhook,
    written,
)
from tests.servers import StoreServer


async def test_each_shards_records_arrive_in_order_and_are_acknowledged(store_url: str) -> None:
    async with opened(store_url) as store, receiving() as receiver:
        first = await put_many(store, BATCH + 10)
        second = await put_many(store, 3, shard=1)
        async with forwarding(store, webhook(receiver), shards=2) as running:
            await receiver.takes(len(first) + len(second))
            later = await put_many(store, 2, first=500)
            taken = await receiver.takes(len(first) + len(second) + 2)
            await running.settled()
    assert [name for name in taken if name.startswith("0.")] == first + later
    assert [name for name in taken if name.startswith("1.")] == second
    assert max(len(post.names) for post in receiver.posts) == BATCH


async def test_what_is_posted_are_the_lines_as_they_are_and_signed(store_url: str) -> None:
    async with opened(store_url) as store, receiving() as receiver:
        lines = [written("1"), written("2")]
        await put(store, *lines)
        async with forwarding(store, webhook(receiver)):
            await receiver.takes(2)
    (post,) = receiver.posts
    assert post.body.splitlines() == lines
    assert post.headers["Content-Type"] == "application/x-ndjson"
    assert post.headers["Authorization"] == "Splunk token"
    assert {"webhook-id", "webhook-timestamp", "webhook-signature"} <= set(post.headers)


async def test_while_the_receiver_is_away_the_same_is_sent_again_with_growing_pauses(
    store_url: str,
) -> None:
    async with opened(store_url) as store, receiving() as receiver:
        receiver.turns.extend([500, "cut", "hold", 302, 401, 403, 404, 429, 503])
        names = await put_many(store, 3)
        async with forwarding(store, webhook(receiver, seconds=0.2)) as running:
            await receiver.takes(3)
            await running.settled()
            assert [each async for each in running.dead.all()] == []
    assert [post.names for post in receiver.posts] == [names] * 10
    assert len({post.headers["webhook-id"] for post in receiver.posts}) == 1
    assert {post.path for post in receiver.posts} == {"/audit"}, "no redirect is followed"
    assert running.rest.pauses[:9] == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]


@pytest.mark.parametrize("bad", [1, 4, 7])
async def test_a_record_that_is_refused_for_good_is_found_and_the_others_pass(
    store_url: str, bad: int
) -> None:
    def judge(post: Post) -> int:
        return 422 if f"0.{bad}" in post.names else 204

    async with opened(store_url) as store, receiving() as receiver:
        receiver.answer = judge
        names = await put_many(store, 7)
        with capture_logs() as logs:
            async with forwarding(store, webhook(receiver)) as running:
                taken = await receiver.takes(6)
                await running.settled()
                (letter,) = [each async for each in running.dead.all()]
    assert taken == [name for name in names if name != f"0.{bad}"]
    assert (letter.line, letter.shard) == (written(f"0.{bad}"), 0)
    assert letter.reason == "status 422"
    assert letter.at == "2026-11-22T03:46:03.123Z"
    assert sum(post.names == [f"0.{bad}"] for post in receiver.posts) == TRIES
    (told,) = [each for each in logs if each["event"] == "forward.given_up"]
    assert (told["log_level"], told["position"]) == ("error", letter.position)


async def test_what_is_not_wanted_passes_and_what_no_gateway_wrote_is_set_apart(
    store_url: str,
) -> None:
    halved = written("x").replace(b",", b",\n", 1)  # JSON, and two lines
    foreign = [b"{}", b"[]", written("x") + b"\n" + written("y"), halved, b"\xff", b""]
    async with opened(store_url) as store, receiving() as receiver:
        await put(store, written("1"), written("2", Kind.SESSION_ENDED), *foreign)
        await put(store, written("3", Kind.REQUEST_REFUSED), written("4", Kind.SESSION_STARTED))
        only = ("session.", "request.refused")
        async with forwarding(store, webhook(receiver), only=only) as running:
            assert await receiver.takes(3) == ["2", "3", "4"]
            await running.settled()
            letters = [each async for each in running.dead.all()]
    assert [letter.line for letter in letters] == foreign
    assert {letter.reason for letter in letters} == {NO_RECORD}


async def test_one_that_is_stopped_leaves_off_at_once_and_the_next_goes_on(store_url: str) -> None:
    async with opened(store_url) as store, receiving() as receiver:
        names = await put_many(store, 5)
        receiver.answer = lambda post: 503
        async with forwarding(store, webhook(receiver)) as running:
            await receiver.posted(3)
            await running.stop()
            assert (await running.lag()).records == 5
        assert await store.redis.exists(audit_forwarder(NAME)) == 0
        receiver.answer = lambda post: 204
        before = receiver.posts[-1].headers["webhook-id"]
        async with forwarding(store, webhook(receiver)):
            assert await receiver.takes(5) == names
        assert receiver.posts[-1].headers["webhook-id"] == before


async def test_of_two_one_delivers_and_the_other_takes_its_place(store_url: str) -> None:
    async with opened(store_url) as store, receiving() as one, receiving() as other:
        names = await put_many(store, 3)
        async with forwarding(store, webhook(one)) as first:
            await one.takes(3)
            async with forwarding(store, webhook(other)):
                names += await put_many(store, 3, first=4)
                assert await one.takes(6) == names
                assert other.posts == []
                await first.stop()
                posts = len(one.posts)
                more = await put_many(store, 3, first=7)
                assert await other.takes(3) == more
        assert len(one.posts) == posts


async def test_one_whose_lease_another_has_stops_delivering(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.store.lease.EVERY", 0.01)
    async with opened(store_url) as store, receiving() as receiver:
        receiver.turns.append("hold")
        names = await put_many(store, 2)
        async with forwarding(store, webhook(receiver)):
            await receiver.posted(1)
            with capture_logs() as logs:
                await store.redis.set(audit_forwarder(NAME), "another", px=60_000)
                async with asyncio.timeout(10):
                    while not any(each["event"] == "forward.standing_by" for each in logs):
                        await store.redis.ping()
            assert receiver.taken == []
            await store.redis.delete(audit_forwarder(NAME))
            assert await receiver.takes(2) == names


async def test_the_lag_counts_what_is_not_acknowledged_and_its_age(store_url: str) -> None:
    async with opened(store_url) as store, receiving() as receiver:
        receiver.answer = lambda post: 503
        await store.redis.xadd(audit_stream(0), {"record": written("1")}, id="1795319153123-0")
        await put_many(store, BATCH + 4)
        async with forwarding(store, webhook(receiver), shards=2) as running:
            before = await running.lag()
            await receiver.posted(1)
            assert await running.lag() == before
            assert (before.records, before.seconds) == (BATCH + 5, 10.0)
            receiver.answer = lambda post: 204
            await receiver.takes(BATCH + 5)
            await running.settled()
            assert (await running.lag()).seconds == 0


async def test_it_goes_on_when_the_store_has_lost_the_group(store_url: str) -> None:
    async with opened(store_url) as store, receiving() as receiver:
        await put_many(store, 2)
        async with forwarding(store, webhook(receiver)):
            await receiver.takes(2)
            await store.redis.delete(audit_stream(0))
            await put_many(store, 2, first=3)
            assert await receiver.takes(4) == ["0.1", "0.2", "0.3", "0.4"]


async def test_what_was_confirmed_while_the_store_was_away_comes_again_and_nothing_is_lost(
    store_server: StoreServer,
) -> None:
    async with opened(store_server.url) as store, receiving() as receiver:
        names = await put_many(store, 3)

        def without_a_store(post: Post) -> int:
            store_server.kill()
            receiver.answer = lambda post: 204
            return 204

        receiver.answer = without_a_store
        async with forwarding(store, webhook(receiver)) as running:
            assert await receiver.takes(3) == names
            await asyncio.to_thread(store_server.start)
            assert await receiver.takes(6) == names * 2
            await running.settled()
        first, again = receiver.posts
        assert first.headers["webhook-id"] == again.headers["webhook-id"]
