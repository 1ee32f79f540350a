"""Takes old records out of a stream, and leaves a signed word about where each writer stood.

Nothing goes that is younger than it shall be kept, that a required consumer has not acknowledged,
or from where on a request may be without its outcome. What goes is verified before: it is whole,
and a signature of its writer holds it, or the writer has ended. Then `audit.trimmed` says, signed,
which record of each writer was the last to go. That is in the stream and outside the store before
anything is removed, so what is left can still be verified, and nothing more can be taken from its
front.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, NamedTuple, cast

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.audit.proof.seal import digest, holds, statement
from gateway.audit.proof.verify import Finding, Verifier
from gateway.audit.reading.positions import forget
from gateway.audit.reading.reader import START, read_shard
from gateway.audit.record import Record, Trimmed
from gateway.audit.writing.emitter import Emitter
from gateway.audit.writing.writers import Writers
from gateway.store.client import Store
from gateway.store.keys import audit_stream, audit_trimmed, audit_writers
from gateway.store.scripts import Script

_PAGE = 64
"""Entries that are verified at a time: requests wait for less than a millisecond."""
_STEP = 500
"""Entries that the store removes with one command."""

# KEYS: what was said last of a stream. ARGV: until, the record. An older word is never put back.
_SAY = Script(
    """
local function later(a, b)
    local am, ac = string.match(a, '(%d+)-(%d+)')
    local bm, bc = string.match(b, '(%d+)-(%d+)')
    am, ac, bm, bc = tonumber(am), tonumber(ac), tonumber(bm), tonumber(bc)
    return am > bm or (am == bm and ac > bc)
end
local before = redis.call('HGET', KEYS[1], 'until')
if not before or later(ARGV[1], before) then
    redis.call('HSET', KEYS[1], 'until', ARGV[1], 'said', ARGV[2])
end
"""
)

_Position = tuple[int, int]


class NotTrimmed(Exception):
    """Says why nothing may go."""


class Terms(NamedTuple):
    """How long records are kept, and for whom.

    `keep_ms`: milliseconds. `required`: the consumer groups that must have acknowledged a record.
    `keys`: of all gateways that write to the streams.
    """

    keep_ms: int
    required: Sequence[str]
    keys: Sequence[Ed25519PublicKey]


class Trimmer:
    """Trims the streams of a store.

    Args:
        emitter: signs and writes what is said of it.
        keep: puts a signed line where the checkpoints are, outside the store.
        now: the wall clock in milliseconds.
    """

    def __init__(
        self,
        store: Store,
        emitter: Emitter,
        writers: Writers,
        terms: Terms,
        keep: Callable[[Sequence[bytes]], Awaitable[None]],
        now: Callable[[], int],
    ) -> None:
        self._redis = cast("Any", store.redis)
        self._store = store
        self._emitter = emitter
        self._writers = writers
        self._terms = terms
        self._keep = keep
        self._now = now

    async def trim(self, shard: int) -> int:
        """Trim one stream as far as it may be; give how many entries are gone.

        Raises:
            NotTrimmed: what would go is not whole, or no known key signed it; nothing was removed.
            StoreAway: the store went away; what is not done is done the next time.
            OSError: the signed word could not be kept outside the store; nothing was removed.
        """
        before = await self._said(shard)
        gone = await self._remove(shard, before.until) if before is not None else 0
        start = before.until if before is not None else START
        until = await self._covered(shard, start, before)
        if until == start:
            return gone
        trimmed, marks = await self._last(shard, start, until, before)
        said = await self._emitter.trim(shard, until, trimmed)
        await self._keep([said])
        async with self._store.answers("say what was trimmed"):
            await self._store.run(_SAY, (audit_trimmed(shard),), (until, said))
        gone += await self._remove(shard, until)
        await forget(self._store, shard, marks, until)
        return gone

    async def _said(self, shard: int) -> Record | None:
        """What was said of this stream the last time."""
        async with self._store.answers("read what was trimmed"):
            said = await self._redis.hget(audit_trimmed(shard), "said")
        if said is None:
            return None
        try:
            record = msgspec.json.decode(said, type=Record)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            record = None
        if record is None or not holds(record.signature, statement(record), self._terms.keys):
            raise NotTrimmed(f"no known key signed what {audit_trimmed(shard)} says")
        return record

    async def _limit(self, shard: int) -> _Position:
        """The position that may go at most, by age, open requests and consumers."""
        limits = [(self._now() - self._terms.keep_ms, -1)]
        limits += [_position(said.position) for said in (await self._writers.all(shard)).values()]
        if self._terms.required:
            limits += await self._acknowledged(shard)
        return min(limits)

    async def _acknowledged(self, shard: int) -> list[_Position]:
        stream = audit_stream(shard)
        async with self._store.answers("read what was acknowledged"):
            groups = {each["name"].decode(): each for each in await self._groups(stream)}
            found = []
            for name in self._terms.required:
                if name not in groups:
                    return [_position(START)]
                waiting = await self._redis.xpending(stream, name)
                if waiting["pending"]:
                    ms, count = _position(waiting["min"].decode())
                    found.append((ms, count - 1))
                else:
                    found.append(_position(groups[name]["last-delivered-id"].decode()))
        return found

    async def _groups(self, stream: str) -> list[dict[str, Any]]:
        return await self._redis.xinfo_groups(stream) if await self._redis.exists(stream) else []

    async def _covered(self, shard: int, start: str, before: Record | None) -> str:
        """Verify what may go; give the position up to which signatures hold all of it."""
        limit = await self._limit(shard)
        ended = await self._ended(shard)
        verifier = Verifier(self._terms.keys)
        for each in before.trimmed if before is not None else ():
            verifier.begin(shard, each)
        free_from: dict[str, str] = {}  # writer: up to here nothing of it is without a signature
        last: dict[str, int] = {}
        position = start
        async for entry in read_shard(self._store, shard, start, _PAGE):
            if _position(entry.position) > limit:
                break
            _whole(verifier.entry(shard, entry.position, entry.line))
            record = msgspec.json.decode(entry.line, type=Record)
            last[record.writer] = record.seq
            if verifier.uncovered(shard, record.writer):
                free_from.setdefault(record.writer, position)
            else:
                free_from.pop(record.writer, None)
            position = entry.position
        _whole(verifier.gaps())
        held = [at for writer, at in free_from.items() if ended.get(writer) != last[writer]]
        return min([position, *held], key=_position)

    async def _ended(self, shard: int) -> dict[str, int]:
        """The last seq of each writer that writes no more."""
        async with self._store.answers("read who wrote"):
            last = await self._redis.hgetall(audit_writers(shard))
        alive = await self._writers.all(shard)
        return {
            writer.decode(): int(seq) if int(seq) >= 0 else -1 - int(seq)
            for writer, seq in last.items()
            if writer.decode() not in alive
        }

    async def _last(
        self, shard: int, start: str, until: str, before: Record | None
    ) -> tuple[tuple[Trimmed, ...], set[str]]:
        """The last record up to there of each writer that has more, or has just lost its last.

        And the marks of all that goes.
        """
        ended = await self._ended(shard)
        found = {
            each.writer: each
            for each in (before.trimmed if before is not None else ())
            if ended.get(each.writer) != each.seq
        }
        marks: set[str] = set()
        async for entry in read_shard(self._store, shard, start, _PAGE):
            if _position(entry.position) > _position(until):
                break
            record = msgspec.json.decode(entry.line, type=Record)
            found[record.writer] = Trimmed(
                writer=record.writer, seq=record.seq, hash=digest(entry.line)
            )
            marks.update(record.marks.decode().split())
        return tuple(found.values()), marks

    async def _remove(self, shard: int, until: str) -> int:
        """Remove all entries up to this position; give how many there were."""
        stream, gone = audit_stream(shard), 0
        while True:
            async with self._store.answers("trim the audit stream"):
                page = await self._redis.xrange(stream, "-", until, count=_STEP)
                if not page:
                    return gone
                behind = _behind(page[-1][0].decode())
                gone += await self._redis.xtrim(stream, minid=behind, approximate=False)


def _whole(findings: Iterable[Finding]) -> None:
    for finding in findings:
        where = f"{finding.position} (writer {finding.writer}, record {finding.seq})"
        raise NotTrimmed(f"{finding.fault} at {where}: {finding.detail}")


def _position(said: str) -> _Position:
    ms, _, count = said.partition("-")
    return int(ms), int(count)


def _behind(position: str) -> str:
    ms, count = _position(position)
    return f"{ms}-{count + 1}"
