from __future__ import annotations

import pytest

from gateway.audit.reading.lag import Lag, lag_of
from gateway.store.client import Store
from gateway.store.keys import audit_stream
from tests.audit.forward.support import opened, put_many

STREAM = audit_stream(0)


async def measured(store: Store) -> Lag:
    return await lag_of(store, 2, "siem", lambda: 10_000)


async def add(store: Store, *positions: str) -> None:
    for position in positions:
        await store.redis.xadd(STREAM, {"record": b"{}"}, id=position)


async def test_all_is_behind_before_the_consumer_is_there_and_nothing_without_streams(
    store_url: str,
) -> None:
    async with opened(store_url) as store:
        assert await measured(store) == Lag()
        await add(store, "4000-0", "5000-0")
        await store.redis.xadd(audit_stream(1), {"record": b"{}"}, id="3000-0")
        assert await measured(store) == Lag(records=3, seconds=7.0)


async def test_what_is_read_and_not_acknowledged_is_behind_too(store_url: str) -> None:
    async with opened(store_url) as store:
        await add(store, "4000-0", "5000-0", "6000-0", "7000-0")
        await store.redis.xgroup_create(STREAM, "siem", "0")
        await store.redis.xreadgroup("siem", "forwarder", {STREAM: ">"}, count=3)
        await store.redis.xack(STREAM, "siem", "4000-0")
        assert await measured(store) == Lag(records=3, seconds=5.0)
        await store.redis.xack(STREAM, "siem", "5000-0", "6000-0")
        assert await measured(store) == Lag(records=1, seconds=3.0)


@pytest.mark.parametrize("count", [2, 5])
async def test_where_the_store_cannot_tell_records_are_counted(
    store_url: str, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr("gateway.audit.reading.lag.COUNTED", 3)
    async with opened(store_url) as store:
        await add(store, "1000-0", "2000-0")
        await store.redis.xgroup_create(STREAM, "siem", "0")
        await store.redis.xreadgroup("siem", "forwarder", {STREAM: ">"}, count=1)
        await put_many(store, count)
        await store.redis.xdel(STREAM, "2000-0")
        (group,) = await store.redis.xinfo_groups(STREAM)
        assert group["lag"] is None
        assert (await measured(store)).records == 1 + min(count, 3)
