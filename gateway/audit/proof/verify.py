"""Is the audit stream whole? Decided from its lines, checkpoints kept elsewhere, and public keys.

Of each writer in each stream: it began with its signature, its seqs rise one by one, each record
holds the hash of the one before it, its signatures hold, and each checkpoint that was kept outside
is there, byte for byte. A gap is no finding when a signed `audit.lost` says it: the gateway itself
put on record what the store lost. A writer's records may begin later when a signed `audit.trimmed`
has the hash of the one before.

What cannot be known from this: records after the last checkpoint of a writer that was killed can be
taken away, changed, or followed by others; so can those between a checkpoint and a loss; and the
order of records of different writers is the store's word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.audit.proof.seal import beginning, digest, holds, statement
from gateway.audit.record import Kind, Record, Trimmed

_SIGNED = frozenset((Kind.AUDIT_CHECKPOINT, Kind.AUDIT_LOST, Kind.AUDIT_TRIMMED))


class Fault(StrEnum):
    """What is not as it was written."""

    NOT_A_RECORD = "not a record"
    ELSEWHERE = "moved from another stream"
    BEGINNING = "a beginning that nobody signed"
    MISSING = "missing"
    CHANGED = "changed"
    OUT_OF_ORDER = "twice or out of order"
    SIGNATURE = "a signature that does not hold"
    NOT_AS_KEPT = "not as the checkpoint kept outside"
    CUT_OFF = "cut off"
    KEPT = "a checkpoint kept outside that does not hold"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault and where it is. `position`: a stream id, a line of an export, or a file's line."""

    fault: Fault
    shard: int
    writer: str
    seq: int
    position: str
    detail: str


@dataclass(slots=True)
class Tally:
    """What was looked at. `uncovered`: records that no signature holds, by (shard, writer).

    `lost`: sentences about what the store lost and signed records admit.
    """

    records: int = 0
    signed: int = 0
    kept: int = 0
    writers: set[str] = field(default_factory=set)
    uncovered: dict[tuple[int, str], int] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)


class _Gap(NamedTuple):
    """Records that are not there before the one at `position`, whose `prev` is as it says."""

    first: int
    last: int
    position: str
    prev: bytes


@dataclass(slots=True)
class _Chain:
    """One writer in one stream, as far as it was read."""

    seq: int = 0
    hash: bytes = b""
    signed: int = 0
    uncovered: int = 0
    position: str = ""
    gaps: list[_Gap] = field(default_factory=list)
    lost: list[tuple[int, int]] = field(default_factory=list)


class Verifier:
    """Takes `kept` checkpoints, then each entry of the streams in order, then `end`.

    Args:
        keys: of all gateways that wrote to the streams.
    """

    def __init__(self, keys: Sequence[Ed25519PublicKey]) -> None:
        self.tally = Tally()
        self._keys = keys
        self._chains: dict[tuple[int, str], _Chain] = {}
        self._kept: dict[tuple[int, str], dict[int, bytes]] = {}
        self._trimmed: dict[tuple[int, str], dict[int, bytes]] = {}

    @property
    def shards(self) -> int:
        """How many streams the kept checkpoints tell of."""
        return max((shard + 1 for shard, _ in self._kept), default=0)

    def keep(self, place: str, line: bytes) -> Iterator[Finding]:
        """Take a checkpoint that was kept outside the store; `place` names its file and line."""
        record = _decoded(line)
        if record is None or record.kind not in _SIGNED:
            yield Finding(Fault.KEPT, 0, "", 0, place, "It is no checkpoint.")
        elif not holds(record.signature, statement(record), self._keys):
            detail = "No given key signed it."
            yield Finding(Fault.KEPT, record.shard, record.writer, record.seq, place, detail)
        else:
            self.tally.kept += 1
            kept = self._kept.setdefault((record.shard, record.writer), {})
            kept[record.seq] = digest(line)
            self._trim(record)

    def begin(self, shard: int, trimmed: Trimmed) -> None:
        """Take the next record of this writer for the one behind what was trimmed."""
        chain = self._chains.setdefault((shard, trimmed.writer), _Chain())
        chain.seq = chain.signed = trimmed.seq
        chain.hash = trimmed.hash

    def uncovered(self, shard: int, writer: str) -> int:
        """How many of the last records of a writer no signature holds, as far as it was read."""
        chain = self._chains[shard, writer]
        return chain.seq - chain.signed

    def entry(self, shard: int | None, position: str, line: bytes) -> Iterator[Finding]:
        """Take the next entry; of a stream's own, `shard` is the stream's number, else None."""
        record = _decoded(line)
        self.tally.records += 1
        if record is None or not record.writer or record.seq < 1:
            yield Finding(
                Fault.NOT_A_RECORD, shard or 0, "", 0, position, "No gateway wrote this entry."
            )
            return
        self.tally.writers.add(record.writer)
        at = (record.shard, record.writer, record.seq, position)
        if shard is not None and record.shard != shard:
            detail = f"It is in stream {shard} and was written to stream {record.shard}."
            yield Finding(Fault.ELSEWHERE, *at, detail)
            return
        chain = self._chains.setdefault((record.shard, record.writer), _Chain())
        if record.seq <= chain.seq:
            detail = f"It stands after record {chain.seq} of the same writer."
            yield Finding(Fault.OUT_OF_ORDER, *at, detail)
            return
        if record.seq > chain.seq + 1:
            chain.gaps.append(_Gap(chain.seq + 1, record.seq - 1, position, record.prev))
            chain.uncovered += chain.seq - chain.signed
            chain.signed = record.seq - 1
        elif record.seq == 1:
            if not holds(record.prev, beginning(record.writer, record.shard), self._keys):
                yield Finding(
                    Fault.BEGINNING, *at, "No given key signed the beginning of this writer."
                )
        elif record.prev != chain.hash:
            detail = f"It does not hold the hash of record {chain.seq}: one of the two was changed."
            yield Finding(Fault.CHANGED, *at, detail)
        chain.seq, chain.hash, chain.position = record.seq, digest(line), position
        yield from self._signature(record, chain, at)
        kept = self._kept.get((record.shard, record.writer), {}).pop(record.seq, chain.hash)
        if kept != chain.hash:
            yield Finding(Fault.NOT_AS_KEPT, *at, "Its bytes are others.")

    def gaps(self) -> Iterator[Finding]:
        """Say what is missing before or between the entries that were taken."""
        for (shard, writer), chain in self._chains.items():
            trimmed = self._trimmed.get((shard, writer), {})
            told = [*chain.lost, (1, max(trimmed, default=0))]
            for gap in chain.gaps:
                for gone, until in _without(gap.first, gap.last, told):
                    detail = f"Records {gone} to {until} are gone from before this entry."
                    yield Finding(Fault.MISSING, shard, writer, gone, gap.position, detail)
                if trimmed.get(gap.last, gap.prev) != gap.prev:
                    detail = f"It does not hold the hash of record {gap.last}, which was trimmed."
                    yield Finding(Fault.CHANGED, shard, writer, gap.last + 1, gap.position, detail)

    def end(self) -> Iterator[Finding]:
        """Say what is missing now that all entries were taken, and complete the tally."""
        yield from self.gaps()
        for (shard, writer), chain in self._chains.items():
            if uncovered := chain.uncovered + chain.seq - chain.signed:
                self.tally.uncovered[shard, writer] = uncovered
            self.tally.lost += [
                f"Records {first} to {last} of writer {writer} in stream {shard}: the store lost "
                "them, says the writer."
                for first, last in chain.lost
            ]
        for (shard, writer), kept in self._kept.items():
            chain = self._chains.get((shard, writer), _Chain())
            trimmed = max(self._trimmed.get((shard, writer), ()), default=0)
            for seq in kept:
                admitted = any(first <= seq <= last for first, last in chain.lost)
                if trimmed < seq <= chain.seq and not admitted:
                    detail = "A checkpoint that was kept outside is not in the stream."
                    yield Finding(Fault.MISSING, shard, writer, seq, "", detail)
            if kept and max(kept) > max(chain.seq, trimmed):
                detail = (
                    f"A checkpoint that was kept outside says that there were {max(kept)} records; "
                    f"the stream ends after {chain.seq}."
                )
                yield Finding(Fault.CUT_OFF, shard, writer, chain.seq + 1, chain.position, detail)

    def _signature(
        self, record: Record, chain: _Chain, at: tuple[int, str, int, str]
    ) -> Iterator[Finding]:
        if record.kind not in _SIGNED and not record.signature and record.lost is None:
            return
        if record.kind not in _SIGNED or not holds(record.signature, statement(record), self._keys):
            yield Finding(Fault.SIGNATURE, *at, "No given key signed it.")
            return
        self.tally.signed += 1
        chain.signed = record.seq
        if record.lost is not None:
            chain.lost.append(record.lost)
        self._trim(record)

    def _trim(self, record: Record) -> None:
        for each in record.trimmed:
            self._trimmed.setdefault((record.shard, each.writer), {})[each.seq] = each.hash


def _decoded(line: bytes) -> Record | None:
    try:
        return msgspec.json.decode(line, type=Record)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _without(first: int, last: int, told: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The parts of `first` to `last` that none of `told` holds."""
    for start, end in sorted(told):
        if start > last:
            break
        if start > first:
            yield first, start - 1
        first = max(first, end + 1)
    if first <= last:
        yield first, last
