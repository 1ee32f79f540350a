"""Pages of what has a mark give together exactly the whole, whatever is written meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.audit.reading import spots
from gateway.audit.reading.spots import FIRST, LAST, Spot
from gateway.store.client import Store, connect
from gateway.store.keys import audit_positions, audit_stream

SHARDS = 3
POSITIONS = st.lists(
    st.tuples(st.integers(1, 9), st.integers(0, 2), st.integers(0, SHARDS - 1)), unique=True
)


async def put(store: Store, mark: str, spot: Spot) -> None:
    redis_: Any = store.redis
    await redis_.rpush(audit_positions(spot.shard, mark), spot.position)


@pytest.mark.parametrize("said", ["", "1-2", "1-2-3-4", "a-0-0", "1-2-3 ", "-1-0-0", "1-0-99999"])
def test_what_is_no_spot_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="no place"):
        Spot.of(said)


@given(st.builds(Spot, st.integers(0, 10**15 - 1), st.integers(0, 10**15 - 1), st.integers(0, 63)))
def test_a_spot_is_read_as_it_was_written(spot: Spot) -> None:
    assert Spot.of(str(spot)) == spot


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    one=POSITIONS,
    two=POSITIONS,
    later=st.lists(st.integers(0, SHARDS - 1), max_size=6),
    size=st.integers(1, 4),
)
async def test_pages_either_way_are_the_whole(
    store_url: str, one: list[Any], two: list[Any], later: list[int], size: int
) -> None:
    with redis.Redis.from_url(store_url) as client:
        client.flushall()
    store = await connect(store_url, timeout=5)
    try:
        held = {"a": sorted(Spot(*each) for each in one), "b": sorted(Spot(*each) for each in two)}
        for mark, places in held.items():
            for each in places:
                await put(store, mark, each)
        whole = sorted(set(held["a"]) | set(held["b"]))
        coming = iter(later)
        found: list[Spot] = []
        place, time = LAST, 100
        while page := await spots.before(store, SHARDS, ("a", "b", "none"), place, size):
            found += page
            place = page[-1]
            for shard in coming:  # what is written meanwhile is no part of the pages behind
                time += 1
                await put(store, "a", Spot(time, 0, shard))
                break
        assert found == whole[::-1]
        onwards: list[Spot] = []
        place = FIRST
        while page := await spots.after(store, SHARDS, "a", place, size):
            onwards += page
            place = page[-1]
        assert onwards == sorted(onwards)
        assert onwards[: len(held["a"])] == held["a"]
        assert len(set(onwards)) == len(onwards)
    finally:
        await store.aclose()


async def test_the_records_come_in_the_order_asked_for_and_what_is_gone_is_passed_over(
    store_url: str,
) -> None:
    store = await connect(store_url, timeout=5)
    try:
        redis_: Any = store.redis
        wanted = [Spot(5, 0, 1), Spot(4, 0, 0), Spot(3, 0, 1), Spot(2, 7, 0)]
        gone = wanted[1:3]
        for each in wanted:
            if each not in gone:
                fields = {"record": str(each)}
                await redis_.xadd(audit_stream(each.shard), fields, id=each.position)
        found = [Spot.at(each) async for each in spots.entries(store, wanted)]
        assert found == [wanted[0], wanted[3]]
    finally:
        await store.aclose()


async def test_of_each_mark_the_last_ones_are_given(store_url: str) -> None:
    store = await connect(store_url, timeout=5)
    try:
        for mark in ("a", "b"):
            for ms in range(1, 6):
                await put(store, mark, Spot(ms + (10 if mark == "b" else 0), 0, 0))
        found = await spots.last_of_each(store, 2, ("a", "b"), 2)
        assert [each.ms for each in found] == [4, 5, 14, 15]
    finally:
        await store.aclose()
