"""Evidence, a hand on it, and what a verifier must find of what it did. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from random import Random
from typing import NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.audit.proof.seal import digest
from gateway.audit.proof.verify import Finding, Verifier
from gateway.audit.record import Kind, Record, line

Entry = tuple[int, bytes]
"""A stream's number and a line in it."""


@dataclass(frozen=True)
class Evidence:
    """Entries of the streams in their order, and the lines kept outside.

    `export`: the bytes of an exported file, where it was that which was changed.
    """

    entries: tuple[Entry, ...]
    kept: tuple[bytes, ...]
    export: bytes | None = None


class Mark(NamedTuple):
    """Where a finding must be: a writer's numbers in a stream; of what is no record, a position."""

    shard: int
    writer: str
    first: int
    last: int
    position: str = ""

    def has(self, found: Finding) -> bool:
        """Whether a finding is here."""
        if self.position:
            return found.position == self.position
        same = (found.shard, found.writer) == (self.shard, self.writer)
        return same and self.first <= found.seq <= self.last


class Tampering(NamedTuple):
    """What was made of the evidence, and the marks of which each must have a finding."""

    evidence: Evidence
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Chain:
    """One writer's records in one stream: their places among the entries, and themselves."""

    shard: int
    writer: str
    places: tuple[int, ...]
    records: tuple[Record, ...]
    signed: int
    """The last number that a checkpoint kept outside holds."""

    def mark(self, first: int, last: int | None = None) -> Mark:
        """The mark of these numbers."""
        return Mark(self.shard, self.writer, first, first if last is None else last)

    def at(self, seq: int) -> int:
        """The place of a record among the entries."""
        return self.places[seq - 1]


class Hand:
    """Somebody's hand on evidence: it draws where to touch it.

    Args:
        evidence: whole, with at least two chains of six records that checkpoints hold.
    """

    def __init__(self, evidence: Evidence, random: Random) -> None:
        self.evidence = evidence
        self.random = random
        self.stranger = Ed25519PrivateKey.from_private_bytes(random.randbytes(32))
        self.chains = [each for each in chains(evidence) if each.signed >= 6]
        self.chain = random.choice(self.chains)

    def other(self) -> Chain:
        """Another chain."""
        return self.random.choice([each for each in self.chains if each != self.chain])

    def seq(self, first: int = 2, margin: int = 2) -> int:
        """A number that a signature holds, with so many behind it that one holds as well."""
        return self.random.randint(first, self.chain.signed - margin)

    def of_kind(self, *kinds: Kind) -> tuple[Chain, int] | None:
        """A record of these kinds that a signature holds."""
        found = [
            (chain, record.seq)
            for chain in self.chains
            for record in chain.records[: chain.signed - 1]
            if record.kind in kinds
        ]
        return self.random.choice(found) if found else None

    def with_lines(self, lines: Mapping[int, bytes]) -> Evidence:
        """The evidence with other lines at some places."""
        places = enumerate(self.evidence.entries)
        entries = tuple((shard, lines.get(place, old)) for place, (shard, old) in places)
        return replace(self.evidence, entries=entries)

    def without(self, places: Sequence[int]) -> Evidence:
        """The evidence without the entries of some places."""
        gone = set(places)
        left = (each for place, each in enumerate(self.evidence.entries) if place not in gone)
        return replace(self.evidence, entries=tuple(left))

    def with_entry(self, place: int, entry: Entry) -> Evidence:
        """The evidence with an entry more."""
        entries = self.evidence.entries
        return replace(self.evidence, entries=(*entries[:place], entry, *entries[place:]))

    def line(self, place: int) -> bytes:
        """The line of a place."""
        return self.evidence.entries[place][1]

    def chained_anew(self, seq: int, change: Callable[[Record], object]) -> Evidence:
        """One record changed, and all hashes after it computed anew; only signatures cannot be."""
        lines, prev = {}, b""
        for record in self.chain.records[seq - 1 :]:
            new = msgspec.json.decode(line(record), type=Record)
            if record.seq == seq:
                change(new)
            else:
                new.prev = prev
            lines[self.chain.at(record.seq)] = line(new)
            prev = digest(line(new))
        return self.with_lines(lines)


Way = Callable[[Hand], Tampering | None]
"""None: the evidence has nothing that it could be done to."""


def chains(evidence: Evidence) -> Iterator[Chain]:
    """The chains of evidence that are whole from their first record."""
    found: dict[tuple[int, str], list[tuple[int, Record]]] = {}
    for place, (_, written) in enumerate(evidence.entries):
        record = msgspec.json.decode(written, type=Record)
        found.setdefault((record.shard, record.writer), []).append((place, record))
    kept: dict[tuple[int, str], int] = {}
    for written in evidence.kept:
        record = msgspec.json.decode(written, type=Record)
        of = record.shard, record.writer
        kept[of] = max(kept.get(of, 0), record.seq)
    for (shard, writer), rows in sorted(found.items()):
        places, records = zip(*rows, strict=True)
        if [each.seq for each in records] == list(range(1, len(records) + 1)):
            signed = min(kept.get((shard, writer), 0), len(records))
            yield Chain(shard, writer, places, records, signed)


def verified(evidence: Evidence, keys: Sequence[Ed25519PublicKey]) -> list[Finding]:
    """What the verifier finds in it."""
    verifier = Verifier(keys)
    found = [f for n, each in enumerate(evidence.kept) for f in verifier.keep(f"kept {n}", each)]
    if evidence.export is not None:
        for number, written in enumerate(BytesIO(evidence.export), 1):
            found += verifier.entry(None, f"line {number}", written.removesuffix(b"\n"))
    else:
        for place, (shard, written) in enumerate(evidence.entries):
            found += verifier.entry(shard, f"{place}", written)
    return [*found, *verifier.end()]


def missed(tampered: Tampering, found: Sequence[Finding]) -> list[str]:
    """Say what is wrong with the findings: marks without one, and findings about somebody else."""
    wrong = [f"not found at {mark}" for mark in tampered.marks if not any(map(mark.has, found))]
    touched = {(mark.shard, mark.writer) for mark in tampered.marks}
    wrong += [
        f"found where nothing was done: {each}"
        for each in found
        if each.writer and (each.shard, each.writer) not in touched
    ]
    return wrong
