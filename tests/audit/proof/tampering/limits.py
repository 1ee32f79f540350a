"""What nobody can find, as docs/security.md says: done to evidence, it must give no finding.

Should one of these be found some day, the page can promise more.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.audit.proof.seal import digest
from gateway.audit.record import Kind, Record, line
from tests.audit.proof.tampering.hand import Evidence, Hand, chains


def limits(hand: Hand) -> dict[str, Evidence]:
    """Give what can be done to this evidence; a killed writer is needed for the last three."""
    made = {
        "a record added behind the last checkpoint": added(hand),
        "the end removed from a stream and from outside": end_removed(hand),
        "records of different writers in another order": reordered(hand),
    }
    for chain in chains(hand.evidence):
        behind = len(chain.records) - chain.signed
        if chain.signed and behind:
            name = "the end of a killed writer cut off behind its last checkpoint"
            made[name] = hand.without(chain.places[chain.signed :])
            last = replace_target(chain.records[-1])
            name = "the last record of a killed writer changed"
            made[name] = hand.with_lines({chain.places[-1]: last})
        elif not chain.signed:
            name = "a writer removed that was killed before its first checkpoint"
            made[name] = hand.without(chain.places)
    return made


def added(hand: Hand) -> Evidence:
    last = hand.chain.records[-1]
    new = Record(id="forged", kind=Kind.SESSION_ENDED, at=last.at)
    entry = new.place(last.writer, last.shard, last.seq + 1, digest(line(last)))
    return hand.with_entry(len(hand.evidence.entries), (last.shard, entry))


def end_removed(hand: Hand) -> Evidence:
    chain = hand.chain
    gone = {line(record) for record in chain.records[chain.signed // 2 :]}
    left = hand.without(chain.places[chain.signed // 2 :])
    return replace(left, kept=tuple(each for each in left.kept if each not in gone))


def reordered(hand: Hand) -> Evidence:
    """Two neighbours of different writers change places."""
    of = {place: chain for chain in chains(hand.evidence) for place in chain.places}
    entries = list(hand.evidence.entries)
    at = next(n for n in range(len(entries) - 1) if of.get(n) != of.get(n + 1))
    entries[at], entries[at + 1] = entries[at + 1], entries[at]
    return replace(hand.evidence, entries=tuple(entries))


def replace_target(record: Record) -> bytes:
    """The line of a record that tells of something else."""
    record.target = "/nothing"
    return line(record)
