"""What a process had spooled when it died is put into the streams by the next, once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NoReturn

import msgspec
import pytest

from gateway.audit.proof.verify import Verifier
from gateway.audit.record import Kind, Record
from gateway.audit.writing import recovery as recovery_module
from gateway.audit.writing.anew import Anew
from gateway.audit.writing.closing import Closer
from gateway.audit.writing.emitter import Emitter
from gateway.audit.writing.recovery import Recovery
from gateway.audit.writing.redis_sink import RedisSink
from gateway.audit.writing.sink import Batch
from gateway.audit.writing.spool import Spool, batches
from gateway.audit.writing.spooling import SpoolingSink
from gateway.audit.writing.writers import Writers
from gateway.errors import StoreAway
from gateway.store.client import Store, connect
from tests.audit.support import KEY, a_record, emitting, new_ids, records
from tests.servers import StoreServer


def request(name: str, kind: Kind = Kind.REQUEST_INTENT) -> Record:
    record = a_record(f"{kind} {name}", kind)
    record.request = name
    return record


async def died_with(server: StoreServer, folder: Path, *spooled: Record) -> Emitter:
    """Let a process put an intent into the stream, spool these, and die."""
    store = await connect(server.url, timeout=0.5)
    emitter = Emitter(SpoolingSink(RedisSink(store), folder, 0.5), new_ids(), KEY.sign, wait=1)
    await Writers(store).beat(0, emitter.writer, "", 1)
    await emitter.commit(request("before"))
    server.kill()
    for record in spooled:
        await emitter.commit(record)
    await emitter.aclose()
    await store.aclose()
    server.start()
    return emitter


@asynccontextmanager
async def next_start(server: StoreServer, folder: Path) -> AsyncIterator[tuple[Recovery, Emitter]]:
    async with emitting(server.url) as (emitter, store):
        writers = Writers(store)
        anew = Anew(store, writers, emitter, new_ids())
        recovery = Recovery(folder, RedisSink(store), writers, anew)
        yield recovery, emitter
        await recovery.aclose()


async def findings(server: StoreServer) -> list[str]:
    verifier = Verifier([KEY.public_key()])
    found = [
        finding
        for number, record in enumerate(await records(server.url))
        for finding in verifier.entry(0, f"{number}-0", msgspec.json.encode(record))
    ]
    return [str(finding) for finding in (*found, *verifier.end())]


def names(folder: Path) -> list[str]:
    return sorted(path.suffix for path in folder.iterdir())


async def written_late(store: Store, folder: Path) -> None:
    """Append the first record of a spool to its stream."""
    rows = next(folder.glob("*.spool")).read_bytes().splitlines(keepends=True)  # noqa: ASYNC240 - short
    (batch,) = batches(rows[:1])
    sink = RedisSink(store)
    assert await sink.append(batch) == batch.first
    await sink.aclose()


def spoil(folder: Path) -> None:
    [path] = folder.iterdir()
    with path.open("ab") as file:
        file.write(b"\0" * 20 + b"\n")


async def test_the_records_go_into_the_chain_of_who_spooled_them(
    store_server: StoreServer, tmp_path: Path
) -> None:
    told = (request("1"), request("1", Kind.REQUEST_OUTCOME), request("2"))
    dead = await died_with(store_server, tmp_path, *told)
    async with next_start(store_server, tmp_path) as (recovery, _):
        await recovery.recover()
        await recovery.recover()
    held = await records(store_server.url)
    assert [(r.writer, r.seq) for r in held] == [(dead.writer, seq) for seq in (1, 2, 3, 4)]
    assert [r.request for r in held] == ["before", "1", "1", "2"]
    assert await findings(store_server) == []
    assert names(tmp_path) == []


@pytest.mark.threat(53)
async def test_threat_53_what_is_open_of_it_is_closed_once(
    store_server: StoreServer, tmp_path: Path
) -> None:
    dead = await died_with(
        store_server, tmp_path, request("1"), request("1", Kind.REQUEST_OUTCOME), request("2")
    )
    async with next_start(store_server, tmp_path) as (recovery, emitter):
        await recovery.recover()
        store = await connect(store_server.url, timeout=5)
        closer = Closer(store, Writers(store), emitter, new_ids(), shards=1, patience=1)
        for _ in range(3):
            await closer.look()
            assert await emitter.drain(5) == 0
        await store.aclose()
    closed = [(r.request, r.reason, r.writer == dead.writer) for r in await records(
        store_server.url) if r.kind is Kind.REQUEST_OUTCOME]  # fmt: skip
    assert sorted(closed) == [
        ("1", "", True),
        ("2", "unknown", False),
        ("before", "unknown", False),
    ]


async def test_of_a_writer_that_was_taken_for_dead_they_go_on_record_as_recovered(
    store_server: StoreServer, tmp_path: Path
) -> None:
    told = (request("0"), request("1"), request("1", Kind.REQUEST_OUTCOME), request("2"))
    dead = await died_with(store_server, tmp_path, *told)
    async with next_start(store_server, tmp_path) as (recovery, emitter):
        store = await connect(store_server.url, timeout=5)
        writers = Writers(store)
        await written_late(store, tmp_path)  # its answer had not come
        said = (await writers.all(0))[dead.writer]
        assert await writers.claim(0, dead.writer, said, emitter.writer)
        await store.aclose()
        await recovery.recover()
        await recovery.recover()
    _, late, *held = await records(store_server.url)
    assert (late.request, late.writer, late.recovered) == ("0", dead.writer, None)
    assert [(r.request, r.kind, r.recovered, r.reason) for r in held] == [
        ("1", Kind.REQUEST_INTENT, (dead.writer, 3), ""),
        ("1", Kind.REQUEST_OUTCOME, (dead.writer, 4), ""),
        ("2", Kind.REQUEST_INTENT, (dead.writer, 5), ""),
        ("2", Kind.REQUEST_OUTCOME, None, "unknown"),
    ]
    assert {r.writer for r in held} == {emitter.writer}
    assert await findings(store_server) == []
    assert names(tmp_path) == []


async def taken_for_dead(url: str, dead: Emitter, claimer: str) -> None:
    store = await connect(url, timeout=5)
    writers = Writers(store)
    said = (await writers.all(0))[dead.writer]
    assert await writers.claim(0, dead.writer, said, claimer)
    await store.aclose()


class Ended(Exception):
    """The process ends here."""


@pytest.mark.parametrize("where", ["after some", "before it says so", "and goes on"])
async def test_who_ends_in_the_middle_of_it_leaves_no_record_twice(
    store_server: StoreServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    told = (request("0"), request("1"), request("1", Kind.REQUEST_OUTCOME), request("2"))
    dead = await died_with(store_server, tmp_path, *told)
    await taken_for_dead(store_server.url, dead, "another")

    def ended(*_: object, **__: object) -> NoReturn:
        raise Ended

    async with next_start(store_server, tmp_path) as (recovery, emitter):
        with monkeypatch.context() as patch:
            if where == "after some":
                patch.setattr(Anew, "end", ended)
            else:
                patch.setattr(recovery_module, "done_with", ended)
            with pytest.raises(Ended):
                await recovery.recover()
        assert names(tmp_path) == [".anew", ".spool"]
        if where == "and goes on":
            await recovery.recover()
        assert await emitter.drain(5) == 0
    async with next_start(store_server, tmp_path) as (recovery, _):
        await recovery.recover()
    held = (await records(store_server.url))[1:]
    assert sorted((r.request, r.kind, r.recovered and r.recovered[1], r.reason) for r in held) == [
        ("0", Kind.REQUEST_INTENT, 2, ""),
        ("0", Kind.REQUEST_OUTCOME, None, "unknown"),
        ("1", Kind.REQUEST_INTENT, 3, ""),
        ("1", Kind.REQUEST_OUTCOME, 4, ""),
        ("2", Kind.REQUEST_INTENT, 5, ""),
        ("2", Kind.REQUEST_OUTCOME, None, "unknown"),
    ]
    assert await findings(store_server) == []
    assert names(tmp_path) == []


async def test_what_was_recovered_and_is_recovered_again_says_whose_it_was_first(
    store_server: StoreServer, tmp_path: Path
) -> None:
    first = request("1", Kind.REQUEST_OUTCOME)
    first.recovered = ("first", 7)
    dead = await died_with(store_server, tmp_path, first)
    await taken_for_dead(store_server.url, dead, "another")
    async with next_start(store_server, tmp_path) as (recovery, _):
        await recovery.recover()
    assert (await records(store_server.url))[-1].recovered == ("first", 7)


async def test_what_the_store_forgot_before_them_does_not_hold_them_up(
    store_server: StoreServer, tmp_path: Path
) -> None:
    dead = await died_with(store_server, tmp_path, request("1"))
    store = await connect(store_server.url, timeout=5)
    await store.redis.flushall()
    await store.aclose()
    async with next_start(store_server, tmp_path) as (recovery, _):
        await recovery.recover()
    assert [(r.writer, r.seq) for r in await records(store_server.url)] == [(dead.writer, 2)]
    assert len(await findings(store_server)) == 1


async def test_while_the_store_is_away_they_stay_and_those_of_the_living_always(
    store_server: StoreServer, tmp_path: Path
) -> None:
    await died_with(store_server, tmp_path, request("1"))
    alive = Spool(tmp_path, "alive", 0)
    alive.append(Batch(0, "alive", 0, 1, (b'{"writer":"alive","seq":1}',), (b"",)))
    async with next_start(store_server, tmp_path) as (recovery, _):
        store_server.kill()
        with pytest.raises(StoreAway):
            await recovery.recover()
        store_server.start()
        await recovery.recover()
    assert [r.request for r in await records(store_server.url)] == ["before", "1"]
    assert names(tmp_path) == [".spool"]
    alive.clear()


async def test_what_cannot_be_read_is_kept_aside(store_server: StoreServer, tmp_path: Path) -> None:
    await died_with(store_server, tmp_path, request("1"))
    spoil(tmp_path)
    async with next_start(store_server, tmp_path) as (recovery, _):
        await recovery.recover()
        await recovery.recover()
    assert [r.request for r in await records(store_server.url)] == ["before", "1"]
    assert names(tmp_path) == [".unreadable"]
