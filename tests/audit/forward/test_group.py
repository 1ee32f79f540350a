"""What a consumer group gives out, and what it says of records that it never could."""

from __future__ import annotations

from typing import Any

from structlog.testing import capture_logs

from gateway.audit.forward.group import Group
from gateway.audit.reading.reader import Entry
from gateway.store.client import Store
from gateway.store.keys import audit_stream, audit_trimmed
from tests.audit.forward.support import NAME, opened, put_many


async def trim(store: Store, until: str) -> None:
    await store.redis.hset(audit_trimmed(0), "until", until)
    ms, _, count = until.partition("-")
    await store.redis.xtrim(audit_stream(0), minid=f"{ms}-{int(count) + 1}", approximate=False)


async def test_an_entry_with_other_fields_beside_its_record_is_given_as_none(
    store_url: str,
) -> None:
    async with opened(store_url) as store:
        await store.redis.xadd(audit_stream(0), {"record": "{}", "note": "forged"})
        group = Group(store, NAME)
        await group.join(0)
        assert [entry.line for entry in await group.next(0, 10)] == [b""]


async def test_what_trimming_took_away_unread_is_told_once(store_url: str) -> None:
    async with opened(store_url) as store:
        group = Group(store, NAME)
        with capture_logs() as logs:
            await put_many(store, 2)
            first = [entry.position for entry in await read_by(group)]
            await group.acknowledge(0, first)
            await trim(store, first[-1])  # what was read
            await put_many(store, 3, first=3)
            (third, *_) = await positions(store)
            assert logs == []
            await trim(store, third)
            rest = await group.next(0, 10)
            assert len(rest) == 2
            await put_many(store, 1, first=6)
            await group.acknowledge(0, [entry.position for entry in rest])
            await group.next(0, 10)
        (missed,) = logs
        assert (missed["event"], missed["after"]) == ("forward.missed", first[-1])
        assert missed["until"] == third


async def test_what_was_trimmed_before_a_consumer_was_there_is_not_missed(store_url: str) -> None:
    async with opened(store_url) as store:
        await put_many(store, 2)
        await trim(store, (await positions(store))[-1])
        await put_many(store, 1, first=3)
        with capture_logs() as logs:
            assert len(await read_by(Group(store, NAME))) == 1
            assert len(await read_by(Group(store, NAME))) == 1  # still pending, for another process
        assert logs == []


async def positions(store: Store) -> list[str]:
    rows: Any = await store.redis.xrange(audit_stream(0))
    return [position.decode() for position, _ in rows]


async def read_by(group: Group) -> list[Entry]:
    await group.join(0)
    return await group.next(0, 10)
