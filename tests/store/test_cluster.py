"""A real cluster: slots of the streams, and slots that move while records are written."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis.crc import key_slot

from gateway.audit.marks import of_session
from gateway.audit.reading.positions import newest
from gateway.errors import GatewayError
from gateway.store import keys
from gateway.store.client import Store
from gateway.store.line import Line
from gateway.store.scripts import Script
from tests.audit.support import Load, a_record, emitting, records
from tests.store.cluster import MASTERS, SLOTS, ClusterServers, cluster
from tests.store.nodes import Node, opened

STREAM = keys.audit_stream(0)
BESIDE = f"{{{STREAM}}}beside"
ADD = Script("return redis.call('INCR', KEYS[1])")


@pytest.fixture(scope="module")
def _servers() -> Iterator[ClusterServers]:
    with cluster() as running:
        yield running


@pytest.fixture
def servers(_servers: ClusterServers) -> ClusterServers:
    """With nothing of the test before."""
    for each in _servers.masters:
        each.client.flushall()
    return _servers


async def test_the_streams_of_shards_come_to_lie_on_every_master(servers: ClusterServers) -> None:
    """As docs/large-installations.md has it; and every shard is read back."""
    for shards, shares in ((12, [3, 3, 6]), (64, [21, 21, 22])):
        slots = [key_slot(keys.audit_stream(shard).encode()) for shard in range(shards)]
        held = [slot * MASTERS // SLOTS for slot in slots]
        assert sorted(held.count(master) for master in range(MASTERS)) == shares
    async with emitting(servers.url, shards=12) as (emitter, store):
        names = [str(number) for number in range(60)]
        for name in names:
            await emitter.commit(a_record(name, session=name))
        assert sorted(names) == sorted(each.id for each in await records(servers.url, 12))
        streams = [len(each.say("KEYS", "gateway:audit:*")) for each in servers.masters]
        assert min(streams) > 1
        async with store.answers("look one up"):
            found = [each async for each in newest(store, 12, of_session("7"))]
        assert len(found) == 1


@pytest.mark.threat(52)
async def test_threat_52_a_slot_that_moves_under_load_loses_and_repeats_nothing(
    servers: ClusterServers,
) -> None:
    old = servers.master_of(STREAM)
    new = next(each for each in servers.masters if each is not old)
    slot = key_slot(STREAM.encode())
    async with emitting(servers.url, wait=0.5) as (emitter, store):
        async with Load(emitter).running() as load:
            await load.forwards(200)
            new.say("CLUSTER", "SETSLOT", slot, "IMPORTING", servers.id(old))
            old.say("CLUSTER", "SETSLOT", slot, "MIGRATING", servers.id(new))
            await load.refuses(16)  # told to try again: their keys are here and there
            while moving := old.say("CLUSTER", "GETKEYSINSLOT", slot, 1):
                old.say("MIGRATE", "127.0.0.1", new.port, "", 0, 5000, "KEYS", *moving)
            await asks(store)
            for each in (new, old, *servers.masters):
                each.say("CLUSTER", "SETSLOT", slot, "NODE", servers.id(new))
            await load.forwards(200)  # told that it moved
        assert await emitter.drain(10) == 0
        async with store.answers("read it"):
            assert await store.redis.get(BESIDE) == b"3"
    load.check(await records(servers.url))


async def asks(store: Store) -> None:
    """What has one key that is no longer where its slot is goes on by ASK, each time once."""
    line = Line(store)
    assert await line.run(ADD, (BESIDE,), (), "count") == 1
    async with store.answers("count"):
        assert await store.run(ADD, (BESIDE,), ()) == 2
        assert await store.run(ADD, (BESIDE,), ()) == 3
        assert await store.redis.get(BESIDE) == b"3"
        assert await store.together(BESIDE, [("GET", BESIDE), ("STRLEN", BESIDE)]) == [b"3", 1]
    await line.aclose()


async def test_a_node_that_is_gone_is_not_needed_to_begin(servers: ClusterServers) -> None:
    gone = Node(servers.masters[0].folder.parent / "gone")
    places = ",".join(each.place for each in (gone, servers.masters[1]))
    async with opened(f"redis+cluster://{places}") as store, store.answers("write it"):
        await store.redis.set("mine", "1")
        assert await store.redis.get("mine") == b"1"


async def test_one_node_taken_for_the_whole_store_is_refused(servers: ClusterServers) -> None:
    async with opened(f"redis://{servers.masters[0].place}") as store:
        with pytest.raises(GatewayError, match="store_url") as refusal:
            await store.check_safe()
    assert "redis+cluster://" in refusal.value.advice
