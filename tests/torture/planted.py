"""The second half: what a run left is tampered with, in every way that is known, and verified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.audit.proof.tampering import KINDS
from tests.audit.proof.tampering.hand import Evidence, Hand, chains, missed, verified
from tests.audit.proof.tampering.limits import limits

_RECORDS = 1500
"""About so many are tampered with: writers are verified one by one, so a few stand for all."""

_LEAST = 6
"""Records of a writer that checkpoints must hold, so that it can be tampered with."""
_WRITERS = 3


@dataclass
class Planted:
    """What came of it: sentences about kinds that were missed, and about findings of nothing."""

    records: int
    tried: int = 0
    without_room: list[str] = field(default_factory=list)
    """Kinds that these records had nothing for."""
    missed: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    unknowable: list[str] = field(default_factory=list)
    """What was done and not found, for nobody can."""


def planted(evidence: Evidence, keys: Sequence[Ed25519PublicKey], seed: str) -> Planted:
    """Tamper with evidence of a run, and see what the verifier finds."""
    few = _of_few_writers(evidence)
    result = Planted(len(few.entries))
    export = b"".join(line + b"\n" for _, line in few.entries)
    for untouched in (few, replace(few, export=export)):
        result.false += [f"untouched: {each}" for each in verified(untouched, keys)]
    for name, tamper in KINDS.items():
        tampering = tamper(Hand(few, Random(f"{seed} {name}")))
        if tampering is None:
            result.without_room.append(name)
            continue
        result.tried += 1
        found = verified(tampering.evidence, keys)
        result.missed += [f"{name}: {each}" for each in missed(tampering, found)]
    for name, made in limits(Hand(few, Random(f"{seed} limits"))).items():
        result.unknowable.append(name)
        result.false += [f"{name}: {each}" for each in verified(made, keys)]
    return result


def _of_few_writers(evidence: Evidence) -> Evidence:
    """All of some writers, the shortest first, and what was kept of them."""
    of = {(chain.shard, chain.writer): chain for chain in chains(evidence)}
    sizes: dict[str, int] = {}
    held: dict[str, int] = {}
    for (_, writer), chain in of.items():
        sizes[writer] = sizes.get(writer, 0) + len(chain.records)
        held[writer] = max(held.get(writer, 0), chain.signed)
    chosen: set[str] = set()
    total = 0
    for writer in sorted(sizes, key=lambda each: (held[each] < _LEAST, sizes[each])):
        if len(chosen) < _WRITERS or total + sizes[writer] <= _RECORDS:
            chosen.add(writer)
            total += sizes[writer]
    places = {
        place for (_, writer), each in of.items() if writer in chosen for place in each.places
    }
    entries = tuple(each for place, each in enumerate(evidence.entries) if place in places)
    kept = tuple(each for each in evidence.kept if any(w.encode() in each for w in chosen))
    return Evidence(entries, kept)
