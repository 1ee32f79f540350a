"""Everything that needs no key is computed anew: numbers and hashes."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from gateway.audit.proof.seal import digest, statement
from gateway.audit.record import Record, line
from tests.audit.proof.tampering.hand import Hand, Tampering, Way


def chained_anew_after_a_change(hand: Hand) -> Tampering:
    seq = hand.seq()
    evidence = hand.chained_anew(seq, lambda record: setattr(record, "target", "/nothing"))
    return Tampering(evidence, (hand.chain.mark(seq, hand.chain.signed),))


def first_changed_and_chained_anew(hand: Hand) -> Tampering:
    evidence = hand.chained_anew(1, lambda record: setattr(record, "at", "2020-01-01"))
    return Tampering(evidence, (hand.chain.mark(1, hand.chain.signed),))


def chained_anew_and_signed_by_a_stranger(hand: Hand) -> Tampering:
    seq, lines, prev = hand.seq(), {}, b""
    for record in hand.chain.records[seq - 1 :]:
        new = msgspec.json.decode(line(record), type=Record)
        if record.seq == seq:
            new.target = "/nothing"
        else:
            new.prev = prev
        if new.signature:
            new.signature = hand.stranger.sign(statement(new))
        lines[hand.chain.at(record.seq)] = line(new)
        prev = digest(line(new))
    return Tampering(hand.with_lines(lines), (hand.chain.mark(seq, hand.chain.signed),))


def renumbered_after_a_removal(hand: Hand) -> Tampering:
    seq, lines = hand.seq(), {}
    prev = hand.chain.records[seq - 1].prev
    for record in hand.chain.records[seq:]:
        new = msgspec.structs.replace(record, seq=record.seq - 1, prev=prev)
        lines[hand.chain.at(record.seq)] = line(new)
        prev = digest(line(new))
    changed = hand.with_lines(lines)
    evidence = Hand(changed, hand.random).without([hand.chain.at(seq)])
    return Tampering(evidence, (hand.chain.mark(seq, hand.chain.signed),))


def renumbered_alone(hand: Hand) -> Tampering:
    """One number more in every record from one on: a gap that was not there."""
    seq = hand.seq()
    lines = {
        hand.chain.at(record.seq): line(msgspec.structs.replace(record, seq=record.seq + 1))
        for record in hand.chain.records[seq - 1 :]
    }
    return Tampering(hand.with_lines(lines), (hand.chain.mark(seq, hand.chain.signed + 1),))


KINDS: Mapping[str, Way] = {
    "a record changed, the chain made anew": chained_anew_after_a_change,
    "the first record changed, the chain made anew": first_changed_and_chained_anew,
    "the chain made anew and signed by a stranger": chained_anew_and_signed_by_a_stranger,
    "a record removed, the others renumbered": renumbered_after_a_removal,
    "all from one on renumbered": renumbered_alone,
}
