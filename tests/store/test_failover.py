"""Masters die under load, slots move, replicas fall behind; what was acknowledged is counted."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import aclosing

import pytest

from gateway.audit.proof.verify import Finding, Verifier
from gateway.audit.reading.reader import read
from gateway.audit.record import Kind
from gateway.audit.writing import lane
from gateway.errors import GatewayError, StoreAway
from gateway.store import keys
from gateway.store.client import Store
from gateway.store.line import Line
from gateway.store.scripts import Script
from tests.audit.support import KEY, Load, a_record, emitting, records
from tests.store.cluster import cluster
from tests.store.nodes import Node, Servers, fail_over, opened, until
from tests.store.sentinel import sentinel

STREAM = keys.audit_stream(0)
ONCE = Script("return redis.call('SETNX', KEYS[1], '1')")


@pytest.fixture(scope="module", params=[cluster, sentinel], ids=["cluster", "sentinel"])
def servers(request: pytest.FixtureRequest) -> Iterator[Servers]:
    with request.param() as running:
        yield running


@pytest.fixture
def fresh(servers: Servers) -> Servers:
    """With no records of the test before."""
    servers.master_of(STREAM).client.flushall()
    return servers


@pytest.mark.threat(52)
async def test_threat_52_a_master_killed_under_load_loses_no_acknowledged_record(
    fresh: Servers,
) -> None:
    async with emitting(fresh.url, wait=0.5) as (emitter, _):
        async with Load(emitter).running() as load:
            await load.forwards(300)
            dead = await asyncio.to_thread(fail_over, fresh, STREAM)
            await load.forwards(100)
        assert load.refused
        assert await emitter.drain(10) == 0
    load.check(await records(fresh.url))
    assert await faults(fresh) == []
    await asyncio.to_thread(fresh.come_back, dead)


@pytest.mark.threat(48)
async def test_threat_48_what_only_the_dead_master_had_is_written_again_or_said_to_be_lost(
    fresh: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane, "KEPT_BYTES", 1000)  # some three records
    master = fresh.master_of(STREAM)
    async with emitting(fresh.url) as (emitter, _):
        for number in range(1, 11):
            if number == 3:
                until(master.copied)
                master.cut_replicas()
            await emitter.commit(a_record(str(number)))
        dead = await asyncio.to_thread(fail_over, fresh, STREAM)
        await emitter.drain(10)
        await emitter.commit(a_record("11"))
        assert await emitter.drain(10) == 0
    held = await records(fresh.url)
    (said,) = (each for each in held if each.kind is Kind.AUDIT_LOST)
    assert said.lost is not None
    lost = {str(number) for number in range(said.lost[0], said.lost[1] + 1)}
    assert lost == {str(number) for number in range(1, 12)} - {each.id for each in held}
    assert {"3"} <= lost < {str(number) for number in range(3, 10)}, "the last were kept"
    assert await faults(fresh) == []
    await asyncio.to_thread(fresh.come_back, dead)


@pytest.mark.threat(48)
async def test_threat_48_what_a_replica_must_have_is_not_acknowledged_before(
    fresh: Servers,
) -> None:
    master = fresh.master_of(STREAM)
    (replica,) = followers(fresh, master)
    frozen = replica.child
    assert frozen is not None
    async with (
        emitting(fresh.url, wait=1, replicas=1) as (emitter, store),
        aclosing(Line(store)) as line,
    ):
        await emitter.commit(a_record("1"))
        frozen.send_signal(signal.SIGSTOP)
        with pytest.raises(StoreAway):
            await emitter.commit(a_record("2"))
        for _ in range(2):  # the second time there is nothing left to do
            with pytest.raises(StoreAway, match="store_not_copied"):
                await line.run(ONCE, (f"{{{STREAM}}}",), (), "write it once")
            with pytest.raises(StoreAway, match="store_not_copied"):
                async with store.answers("write it"):
                    await store.redis.set(f"{{{STREAM}}}", "1", nx=True)
        frozen.send_signal(signal.SIGCONT)
        until(fresh.whole)
        await emitter.commit(a_record("3"))
        held = [each.replica_reads("XLEN", STREAM) for each in followers(fresh, master)]
        assert held == [3]
        assert await emitter.drain(10) == 0
    assert [each.id for each in await records(fresh.url)] == ["1", "2", "3"]


@pytest.mark.threat(48)
async def test_threat_48_each_server_that_may_come_to_hold_records_is_looked_at(
    fresh: Servers,
) -> None:
    async with opened(fresh.url) as store:
        assert await store.check_safe() == ()
        (replica,) = followers(fresh, fresh.master_of(STREAM))
        replica.say("CONFIG", "SET", "maxmemory", "100mb", "maxmemory-policy", "allkeys-lru")
        async with asyncio.timeout(30):
            with pytest.raises(GatewayError, match="store_evicts") as refusal:
                await until_refused(store)
        assert replica.place in refusal.value.detail
        replica.say("CONFIG", "SET", "maxmemory", "0", "appendfsync", "everysec")
        (warning,) = await store.check_safe()
        assert replica.place in warning
        replica.say("CONFIG", "SET", "appendfsync", "always")


async def until_refused(store: Store) -> None:
    """Look at the servers until one is refused: a replica that did not answer is only warned of."""
    while True:
        await store.check_safe()


def followers(servers: Servers, master: Node) -> list[Node]:
    """The replicas of a master."""
    said = ((each, each.replication()) for each in servers.nodes)
    return [each for each, of in said if of.get("master_port") == master.port]


async def faults(servers: Servers) -> list[Finding]:
    """What `audit verify` finds."""
    verifier = Verifier([KEY.public_key()])
    found: list[Finding] = []
    async with opened(servers.url) as store:
        async for entry in read(store, 1):
            found += verifier.entry(entry.shard, entry.position, entry.line)
    return [*found, *verifier.end()]
