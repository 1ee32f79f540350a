"""What is taken out of the streams, what stays, and that the rest still proves itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.proof.trimming import NotTrimmed, Terms, Trimmer
from gateway.audit.proof.verify import Fault, Finding, Verifier
from gateway.audit.reading.reader import Entry, read
from gateway.audit.record import Kind, Record
from gateway.audit.writing import lane
from gateway.audit.writing.emitter import Emitter
from gateway.audit.writing.pulse import Pulse
from gateway.audit.writing.writers import Writers
from gateway.store.client import Store
from gateway.store.keys import audit_stream, audit_trimmed, audit_writers
from tests.audit.support import KEY, a_record, emitting

STREAM = audit_stream(0)
LATER = 1 << 60
"""Of a clock by which every record is old."""


@dataclass
class World:
    """A writer, the store, and what is kept outside."""

    url: str
    emitter: Emitter
    store: Store
    pulse: Pulse
    outside: list[bytes] = field(default_factory=list)
    required: tuple[str, ...] = ()
    now: int = LATER

    async def keep(self, lines: Sequence[bytes]) -> None:
        self.outside += lines

    @property
    def trimmer(self) -> Trimmer:
        terms = Terms(keep_ms=0, required=self.required, keys=[KEY.public_key()])
        writers = Writers(self.store)
        return Trimmer(self.store, self.emitter, writers, terms, self.keep, lambda: self.now)

    async def request(self, name: str, *, closed: bool = True) -> None:
        intent = a_record(name)
        intent.request = name
        await self.emitter.commit(intent)
        if closed:
            outcome = a_record(f"{name}!", Kind.REQUEST_OUTCOME)
            outcome.request = name
            await self.emitter.commit(outcome)

    async def sign(self) -> None:
        self.outside += await self.emitter.checkpoint()
        for _ in range(2):  # the first one asks how far the stream is, the second one tells it
            await self.pulse.beat()

    async def seqs(self) -> list[int]:
        return [int(e.line.partition(b'"seq":')[2].partition(b",")[0]) for e in await self.held()]

    async def held(self) -> list[Entry]:
        return [entry async for entry in read(self.store, 1)]

    async def faults(self) -> list[Finding]:
        verifier = Verifier([KEY.public_key()])
        found = [f for each in self.outside for f in verifier.keep("kept", each)]
        async for entry in read(self.store, 1):
            found += verifier.entry(entry.shard, entry.position, entry.line)
        return [*found, *verifier.end()]


@asynccontextmanager
async def world(url: str) -> AsyncIterator[World]:
    async with emitting(url) as (emitter, store):
        pulse = Pulse(Writers(store), emitter, 1)
        await pulse.beat()
        yield World(url, emitter, store, pulse)


async def test_what_is_old_goes_and_the_rest_proves_itself(store_url: str) -> None:
    async with world(store_url) as w:
        for name in "ab":
            await w.request(name)
        await w.sign()  # seq 5
        assert await w.trimmer.trim(0) == 5
        await w.request("c")
        assert await w.seqs() == [6, 7, 8]  # the first of them says what was trimmed
        assert await w.faults() == []
        await w.sign()
        assert await w.trimmer.trim(0) == 4
        assert await w.seqs() == [10]
        assert await w.faults() == []


async def test_nothing_goes_before_its_time(store_url: str) -> None:
    async with world(store_url) as w:
        await w.request("a")
        await w.sign()
        w.now = 0
        assert await w.trimmer.trim(0) == 0
        assert await w.seqs() == [1, 2, 3]


async def test_what_no_signature_holds_stays(store_url: str) -> None:
    async with world(store_url) as w:
        await w.request("a")
        await w.sign()
        await w.request("b")
        for _ in range(2):
            await w.pulse.beat()
        assert await w.trimmer.trim(0) == 3
        assert await w.seqs() == [4, 5, 6]
        assert await w.faults() == []


@pytest.mark.threat(53)
async def test_row_53_a_request_without_its_outcome_stays_with_all_behind_it(
    store_url: str,
) -> None:
    async with world(store_url) as w:
        await w.request("a")
        await w.sign()
        await w.request("open", closed=False)
        await w.request("b")
        await w.sign()
        await w.trimmer.trim(0)
        assert (await w.seqs())[0] <= 4
        assert await w.faults() == []


async def test_what_a_required_consumer_has_not_acknowledged_stays(store_url: str) -> None:
    async with world(store_url) as w:
        w.required = ("siem",)
        for name in "ab":
            await w.request(name)
            await w.sign()
        assert await w.trimmer.trim(0) == 0  # nobody has read as this group
        redis: Any = w.store.redis
        await redis.xgroup_create(STREAM, "siem", id="0")
        page = dict(await redis.xreadgroup("siem", "one", {STREAM: ">"}, count=4))[STREAM.encode()]
        positions = [position for position, _ in page]
        await redis.xack(STREAM, "siem", *positions[1:])
        assert await w.trimmer.trim(0) == 0
        await redis.xack(STREAM, "siem", positions[0])
        assert await w.trimmer.trim(0) == 3
        assert await w.seqs() == [4, 5, 6, 7]
        assert await w.faults() == []


async def test_a_writer_that_ended_goes_without_a_signature(store_url: str) -> None:
    async with world(store_url) as ended:
        await ended.request("a")
        await ended.pulse.stop()
    async with world(store_url) as w:
        await w.request("b")
        await w.sign()
        assert await w.trimmer.trim(0) == 5
        assert await w.faults() == []


@pytest.mark.threat(48)
async def test_row_48_nothing_more_can_be_taken_from_the_front(store_url: str) -> None:
    async with world(store_url) as w:
        for name in "ab":
            await w.request(name)
        await w.sign()
        await w.trimmer.trim(0)
        await w.request("c")
        await w.sign()
        entry = (await w.held())[1]
        await w.store.redis.xtrim(STREAM, minid=entry.position, approximate=False)
        assert Fault.MISSING in {finding.fault for finding in await w.faults()}
        with pytest.raises(NotTrimmed, match="missing"):
            await w.trimmer.trim(0)


Lines = list[tuple[str, bytes]]


def removed(lines: Lines) -> Lines:
    return lines[:1] + lines[2:]


def changed(lines: Lines) -> Lines:
    (position, line), rest = lines[1], lines[2:]
    return [lines[0], (position, line.replace(b'"id":"a!"', b'"id":"x!"')), *rest]


def repeated(lines: Lines) -> Lines:
    (position, _), rest = lines[2], lines[3:]
    return [*lines[:2], (position, lines[1][1]), *rest]


def strange(lines: Lines) -> Lines:
    return [lines[0], (lines[1][0], b"{}"), *lines[2:]]


@pytest.mark.threat(48)
@pytest.mark.parametrize("tamper", [removed, changed, repeated, strange])
async def test_row_48_what_is_not_whole_is_not_trimmed(
    store_url: str, tamper: Callable[[Lines], Lines]
) -> None:
    async with world(store_url) as w:
        for each in "abc":
            await w.request(each)
        await w.sign()
        lines = tamper([(entry.position, entry.line) for entry in await w.held()])
        await w.store.redis.delete(STREAM)
        for position, line in lines:
            await w.store.redis.xadd(STREAM, {"record": line}, id=position)
        with pytest.raises(NotTrimmed):
            await w.trimmer.trim(0)
        assert [(each.position, each.line) for each in await w.held()] == lines


async def test_the_stream_itself_says_what_was_trimmed(store_url: str) -> None:
    async with world(store_url) as w:
        await w.request("a")
        await w.sign()
        await w.trimmer.trim(0)
        await w.store.redis.delete(audit_trimmed(0))
        await w.request("b")
        await w.sign()
        assert await w.trimmer.trim(0) > 0
        assert await w.faults() == []


@pytest.mark.threat(48)
async def test_row_48_nobody_without_the_key_says_what_was_trimmed(store_url: str) -> None:
    async with world(store_url) as w:
        await w.request("a")
        await w.sign()
        await w.trimmer.trim(0)
        redis: Any = w.store.redis
        said = await redis.hget(audit_trimmed(0), "said")
        await redis.hset(audit_trimmed(0), "said", said.replace(b'"seq":3', b'"seq":2'))
        with pytest.raises(NotTrimmed, match="no known key"):
            await w.trimmer.trim(0)


async def test_signatures_of_an_unknown_gateway_are_not_taken_for_good(store_url: str) -> None:
    async with world(store_url) as w:
        await w.request("a")
        await w.sign()
        stranger = Terms(0, (), [Ed25519PrivateKey.generate().public_key()])
        trimmer = Trimmer(w.store, w.emitter, Writers(w.store), stranger, w.keep, lambda: LATER)
        with pytest.raises(NotTrimmed, match="nobody signed"):
            await trimmer.trim(0)


async def test_what_cannot_be_kept_outside_removes_nothing(store_url: str) -> None:
    async with world(store_url) as w:
        await w.request("a")
        await w.sign()

        async def full(_: Sequence[bytes]) -> None:
            raise OSError("no space")

        terms = Terms(0, (), [KEY.public_key()])
        trimmer = Trimmer(w.store, w.emitter, Writers(w.store), terms, full, lambda: LATER)
        with pytest.raises(OSError, match="no space"):
            await trimmer.trim(0)
        assert (await w.seqs())[0] == 1


async def test_a_removal_that_was_cut_short_is_ended_the_next_time(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(store_url) as w:
        await w.request("a")
        await w.sign()
        trimmer = w.trimmer

        async def killed(*_: object) -> int:
            raise KeyboardInterrupt

        monkeypatch.setattr(trimmer, "_remove", killed)
        with pytest.raises(KeyboardInterrupt):
            await trimmer.trim(0)
        assert (await w.seqs())[0] == 1
        assert await w.faults() == []
        assert await w.trimmer.trim(0) == 3
        assert await w.faults() == []


async def test_a_removal_that_was_cut_short_in_the_middle_is_no_finding(store_url: str) -> None:
    async with world(store_url) as w:
        for name in "abc":
            await w.request(name)
        await w.sign()
        before = await w.held()
        assert await w.trimmer.trim(0) == 7
        await w.request("d")
        lines = await w.held()
        for gone in range(1, 8):
            verifier = Verifier([KEY.public_key()])
            assert [f for each in w.outside for f in verifier.keep("kept", each)] == []
            assert read_by(verifier, [*before[gone:], *lines]) == []


async def test_what_trimming_takes_away_while_it_is_read_is_no_finding(store_url: str) -> None:
    async with world(store_url) as w:
        for name in "abc":
            await w.request(name)
        await w.sign()
        read_before = (await w.held())[:2]
        assert await w.trimmer.trim(0) == 7
        await w.request("d")
        await w.sign()
        verifier = Verifier([KEY.public_key()])
        assert read_by(verifier, [*read_before, *await w.held()]) == []


async def test_a_loss_right_behind_what_was_trimmed_is_no_finding(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane, "KEPT_BYTES", 0)
    async with world(store_url) as w:
        await w.request("a")
        await w.sign()
        await w.request("b")
        *_, signed, _, _ = await w.held()
        for entry in (await w.held())[3:]:
            await w.store.redis.xdel(STREAM, entry.position)
        await w.store.redis.hset(audit_writers(0), w.emitter.writer, 3)
        await w.request("c")
        await w.sign()

        async def limit(*_: object) -> tuple[int, int]:
            ms, _dash, count = signed.position.partition("-")
            return int(ms), int(count)

        monkeypatch.setattr(Trimmer, "_limit", limit)
        assert await w.trimmer.trim(0) == 3
        assert await w.faults() == []


async def test_row_48_a_record_of_another_hash_is_not_taken_for_what_follows_the_trimmed(
    store_url: str,
) -> None:
    async with world(store_url) as w:
        for name in "ab":
            await w.request(name)
        await w.sign()
        await w.request("c")
        await w.trimmer.trim(0)
        w.outside.clear()
        lines = await w.held()
        verifier = Verifier([KEY.public_key()])
        said = msgspec.json.decode(lines[0].line, type=Record)
        said.prev = bytes(32)
        forged = Entry(0, "1-0", msgspec.json.encode(said))
        assert Fault.CHANGED in {f.fault for f in read_by(verifier, [forged, *lines[1:]])}


def read_by(verifier: Verifier, entries: Sequence[Entry]) -> list[Finding]:
    found = [f for each in entries for f in verifier.entry(0, each.position, each.line)]
    return [*found, *verifier.end()]
