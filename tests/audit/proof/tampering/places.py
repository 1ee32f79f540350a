"""Records at other places, more than once, or that no gateway wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import msgspec

from gateway.audit.proof.seal import beginning, digest
from gateway.audit.record import Kind, Record, line
from tests.audit.proof.tampering.hand import Hand, Mark, Tampering, Way


def swapped(hand: Hand) -> Tampering:
    seq = hand.seq()
    one, two = hand.chain.at(seq), hand.chain.at(seq + 1)
    evidence = hand.with_lines({one: hand.line(two), two: hand.line(one)})
    return Tampering(evidence, (hand.chain.mark(seq, seq + 1),))


def swapped_and_renumbered(hand: Hand) -> Tampering:
    """Two neighbours change places, numbers and hashes; the chain after them is made anew."""
    seq, records = hand.seq(), hand.chain.records
    order = [*records]
    order[seq - 1], order[seq] = order[seq], order[seq - 1]
    lines, prev = {}, records[seq - 1].prev
    for number, old in enumerate(order[seq - 1 :], seq):
        new = msgspec.structs.replace(old, seq=number, prev=prev)
        lines[hand.chain.at(number)] = line(new)
        prev = digest(line(new))
    return Tampering(hand.with_lines(lines), (hand.chain.mark(seq, hand.chain.signed),))


def moved_to_the_end(hand: Hand) -> Tampering:
    seq = hand.seq()
    place = hand.chain.at(seq)
    left = hand.without([place])
    evidence = replace(left, entries=(*left.entries, hand.evidence.entries[place]))
    return Tampering(evidence, (hand.chain.mark(seq),))


def twice_at_once(hand: Hand) -> Tampering:
    seq = hand.seq()
    place = hand.chain.at(seq)
    return Tampering(hand.with_entry(place, hand.evidence.entries[place]), (hand.chain.mark(seq),))


def again_at_the_end(hand: Hand) -> Tampering:
    seq = hand.seq()
    entry = hand.evidence.entries[hand.chain.at(seq)]
    evidence = hand.with_entry(len(hand.evidence.entries), entry)
    return Tampering(evidence, (hand.chain.mark(seq),))


def copied_to_another_shard(hand: Hand) -> Tampering:
    seq = hand.seq()
    entry = hand.chain.shard + 1, hand.line(hand.chain.at(seq))
    evidence = hand.with_entry(len(hand.evidence.entries), entry)
    return Tampering(evidence, (hand.chain.mark(seq),))


def moved_to_another_shard(hand: Hand) -> Tampering:
    seq = hand.seq()
    place = hand.chain.at(seq)
    entries = list(hand.evidence.entries)
    entries[place] = hand.chain.shard + 1, entries[place][1]
    evidence = replace(hand.evidence, entries=tuple(entries))
    return Tampering(evidence, (hand.chain.mark(seq),))


def shard_rewritten(hand: Hand) -> Tampering:
    """The whole chain under another stream's number: nobody signed a beginning there."""
    entries, prev = list(hand.evidence.entries), hand.chain.records[0].prev
    shard = max(shard for shard, _ in entries) + 1
    for record in hand.chain.records:
        new = msgspec.structs.replace(record, shard=shard, prev=prev)
        entries[hand.chain.at(record.seq)] = shard, line(new)
        prev = digest(line(new))
    marks = Mark(shard, hand.chain.writer, 1, 1), hand.chain.mark(1)
    return Tampering(replace(hand.evidence, entries=tuple(entries)), marks)


def inserted(hand: Hand) -> Tampering:
    """A record between two, with the hash of the one before it and a number of its own."""
    seq = hand.seq()
    before = hand.chain.records[seq - 1]
    new = msgspec.structs.replace(before, id="forged", seq=seq + 1, prev=digest(line(before)))
    entry = hand.chain.shard, line(new)
    evidence = hand.with_entry(hand.chain.at(seq) + 1, entry)
    return Tampering(evidence, (hand.chain.mark(seq + 1),))


def inserted_and_chained_anew(hand: Hand) -> Tampering:
    seq = hand.seq()
    before = hand.chain.records[seq - 1]
    new = msgspec.structs.replace(before, id="forged", seq=seq + 1, prev=digest(line(before)))
    forged, prev, lines = line(new), digest(line(new)), {}
    for record in hand.chain.records[seq:]:
        after = msgspec.structs.replace(record, seq=record.seq + 1, prev=prev)
        lines[hand.chain.at(record.seq)] = line(after)
        prev = digest(line(after))
    changed = Hand(hand.with_lines(lines), hand.random)
    evidence = changed.with_entry(hand.chain.at(seq) + 1, (hand.chain.shard, forged))
    return Tampering(evidence, (hand.chain.mark(seq, hand.chain.signed + 1),))


def a_writer_of_ones_own(hand: Hand) -> Tampering:
    """A chain of a new writer, signed by a key that nobody gave."""
    new = Record(id="forged", kind=Kind.SESSION_ENDED, at=hand.chain.records[0].at)
    new.shard, new.writer, new.seq = hand.chain.shard, "FORGED", 1
    new.prev = hand.stranger.sign(beginning(new.writer, new.shard))
    evidence = hand.with_entry(len(hand.evidence.entries), (hand.chain.shard, line(new)))
    return Tampering(evidence, (Mark(new.shard, new.writer, 1, 1),))


def beginning_of_another(hand: Hand) -> Tampering:
    """The beginning's signature of another chain."""
    prev = hand.other().records[0].prev
    first = msgspec.structs.replace(hand.chain.records[0], prev=prev)
    return Tampering(hand.with_lines({hand.chain.at(1): line(first)}), (hand.chain.mark(1),))


def without_writer(hand: Hand) -> Tampering:
    new = Record(id="forged", kind=Kind.SESSION_ENDED, at=hand.chain.records[0].at)
    place = hand.chain.at(hand.seq())
    evidence = hand.with_entry(place, (hand.chain.shard, line(new)))
    return Tampering(evidence, (Mark(hand.chain.shard, "", 0, 0, f"{place}"),))


KINDS: Mapping[str, Way] = {
    "neighbours swapped": swapped,
    "neighbours swapped and renumbered": swapped_and_renumbered,
    "a record moved to the end": moved_to_the_end,
    "a record twice": twice_at_once,
    "a record again at the end": again_at_the_end,
    "a record copied to another stream": copied_to_another_shard,
    "a record moved to another stream": moved_to_another_shard,
    "a chain written for another stream": shard_rewritten,
    "a record inserted": inserted,
    "a record inserted, the chain made anew": inserted_and_chained_anew,
    "a writer of one's own": a_writer_of_ones_own,
    "the beginning of another": beginning_of_another,
    "a record of nobody": without_writer,
}
