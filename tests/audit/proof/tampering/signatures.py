"""What is signed: checkpoints in the stream and outside, losses, trimming."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from gateway.audit.proof.seal import digest, statement
from gateway.audit.record import Kind, Record, Trimmed, line
from tests.audit.proof.tampering.hand import Hand, Tampering, Way


def _checkpoint(hand: Hand) -> int | None:
    found = [
        record.seq
        for record in hand.chain.records[: hand.chain.signed]
        if record.kind is Kind.AUDIT_CHECKPOINT
    ]
    return hand.random.choice(found) if found else None


def _signed_anew(sign: Callable[[Hand, Record], bytes]) -> Way:
    def tamper(hand: Hand) -> Tampering | None:
        seq = _checkpoint(hand)
        if seq is None:
            return None
        record = hand.chain.records[seq - 1]
        new = msgspec.structs.replace(record, signature=sign(hand, record))
        return Tampering(hand.with_lines({hand.chain.at(seq): line(new)}), (hand.chain.mark(seq),))

    return tamper


def removed_checkpoint(hand: Hand) -> Tampering | None:
    seq = _checkpoint(hand)
    if seq is None:
        return None
    return Tampering(hand.without([hand.chain.at(seq)]), (hand.chain.mark(seq),))


def replayed_checkpoint(hand: Hand) -> Tampering | None:
    """An old one, again behind everything."""
    seq = _checkpoint(hand)
    if seq is None:
        return None
    entry = hand.evidence.entries[hand.chain.at(seq)]
    return Tampering(hand.with_entry(len(hand.evidence.entries), entry), (hand.chain.mark(seq),))


def replayed_under_a_new_number(hand: Hand) -> Tampering | None:
    """An old checkpoint with its signature, as the next record of its chain."""
    seq = _checkpoint(hand)
    if seq is None:
        return None
    last = hand.chain.records[-1]
    new = msgspec.structs.replace(
        hand.chain.records[seq - 1], seq=last.seq + 1, prev=digest(line(last))
    )
    evidence = hand.with_entry(len(hand.evidence.entries), (hand.chain.shard, line(new)))
    return Tampering(evidence, (hand.chain.mark(new.seq),))


def forged_checkpoint(hand: Hand) -> Tampering:
    return _forged(hand, Kind.AUDIT_CHECKPOINT)


def _forged(hand: Hand, kind: Kind, **more: Any) -> Tampering:
    """A signed record at the end of a chain, by a key that nobody gave."""
    last = hand.chain.records[-1]
    new = Record(id="forged", kind=kind, at=last.at, shard=last.shard, writer=last.writer, **more)
    new.seq, new.prev = last.seq + 1, digest(line(last))
    new.signature = hand.stranger.sign(statement(new))
    evidence = hand.with_entry(len(hand.evidence.entries), (hand.chain.shard, line(new)))
    return Tampering(evidence, (hand.chain.mark(new.seq),))


def forged_loss(hand: Hand) -> Tampering:
    """Records are removed, and a forged `audit.lost` says that the store lost them."""
    seq = hand.seq()
    forged = _forged(hand, Kind.AUDIT_LOST, lost=(seq, seq))
    evidence = Hand(forged.evidence, hand.random).without([hand.chain.at(seq)])
    return Tampering(evidence, (hand.chain.mark(seq), *forged.marks))


def loss_on_another_kind(hand: Hand) -> Tampering:
    """Such a word on a record of a kind that is not signed."""
    seq = hand.seq()
    last = hand.chain.records[-1]
    new = Record(id="forged", kind=Kind.REQUEST_OUTCOME, at=last.at, lost=(seq, seq))
    new.shard, new.writer, new.seq, new.prev = (
        *(last.shard, last.writer, last.seq + 1),
        digest(line(last)),
    )
    evidence = hand.with_entry(len(hand.evidence.entries), (hand.chain.shard, line(new)))
    evidence = Hand(evidence, hand.random).without([hand.chain.at(seq)])
    return Tampering(evidence, (hand.chain.mark(seq), hand.chain.mark(new.seq)))


def forged_trim(hand: Hand) -> Tampering:
    """The beginning is removed, and a forged `audit.trimmed` says that it was trimmed."""
    seq = hand.seq()
    of = Trimmed(writer=hand.chain.writer, seq=seq, hash=digest(line(hand.chain.records[seq - 1])))
    forged = _forged(hand, Kind.AUDIT_TRIMMED, until="1-0", trimmed=(of,))
    places = [hand.chain.at(each) for each in range(1, seq + 1)]
    evidence = Hand(forged.evidence, hand.random).without(places)
    return Tampering(evidence, (hand.chain.mark(1), *forged.marks))


def kept_forged(hand: Hand) -> Tampering:
    """A checkpoint outside, by a key that nobody gave."""
    forged = _forged(hand, Kind.AUDIT_CHECKPOINT)
    kept = (*hand.evidence.kept, forged.evidence.entries[-1][1])
    return Tampering(replace(hand.evidence, kept=kept), forged.marks)


def kept_changed(hand: Hand) -> Tampering | None:
    seq = _checkpoint(hand)
    if seq is None:
        return None
    old = line(hand.chain.records[seq - 1])
    new = line(msgspec.structs.replace(hand.chain.records[seq - 1], seq=seq - 1))
    kept = tuple(new if each == old else each for each in hand.evidence.kept)
    return Tampering(replace(hand.evidence, kept=kept), (hand.chain.mark(seq - 1),))


KINDS: Mapping[str, Way] = {
    "a checkpoint signed by a stranger": _signed_anew(
        lambda hand, record: hand.stranger.sign(statement(record))
    ),
    "a checkpoint with another's signature": _signed_anew(
        lambda hand, record: next(each.signature for each in hand.other().records if each.signature)
    ),
    "a checkpoint without signature": _signed_anew(lambda hand, record: b""),
    "a checkpoint removed": removed_checkpoint,
    "an old checkpoint replayed": replayed_checkpoint,
    "an old checkpoint under a new number": replayed_under_a_new_number,
    "a forged checkpoint": forged_checkpoint,
    "a forged loss": forged_loss,
    "a loss on a record of another kind": loss_on_another_kind,
    "a forged trimming": forged_trim,
    "a forged checkpoint outside": kept_forged,
    "a changed checkpoint outside": kept_changed,
}
