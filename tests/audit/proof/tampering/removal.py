"""Records that are not there any more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from gateway.audit.record import Kind
from tests.audit.proof.tampering.hand import Chain, Hand, Tampering, Way, chains


def _removed(first: Callable[[Chain], int], last: Callable[[Chain], int]) -> Way:
    def tamper(hand: Hand) -> Tampering:
        begin, end = first(hand.chain), last(hand.chain)
        places = [hand.chain.at(seq) for seq in range(begin, end + 1)]
        return Tampering(hand.without(places), (hand.chain.mark(begin),))

    return tamper


def removed_one(hand: Hand) -> Tampering:
    seq = hand.seq()
    return Tampering(hand.without([hand.chain.at(seq)]), (hand.chain.mark(seq),))


def removed_shard(hand: Hand) -> Tampering:
    shard = hand.chain.shard
    left = tuple(each for each in hand.evidence.entries if each[0] != shard)
    of = (chain for chain in chains(hand.evidence) if chain.shard == shard and chain.signed)
    return Tampering(replace(hand.evidence, entries=left), tuple(chain.mark(1) for chain in of))


def removed_writer_everywhere(hand: Hand) -> Tampering:
    of = [chain for chain in chains(hand.evidence) if chain.writer == hand.chain.writer]
    gone = [place for chain in of for place in chain.places]
    marks = tuple(chain.mark(1) for chain in of if chain.signed)
    return Tampering(hand.without(gone), marks)


def removed_from_all(hand: Hand) -> Tampering:
    evidence = replace(hand.evidence, entries=())
    marks = tuple(chain.mark(1) for chain in chains(hand.evidence) if chain.signed)
    return Tampering(evidence, marks)


def removed_request(hand: Hand) -> Tampering | None:
    """An intent and its outcome: as if nothing had been asked."""
    found = hand.of_kind(Kind.REQUEST_INTENT)
    if found is None:
        return None
    chain, seq = found
    request = chain.records[seq - 1].request
    gone = [record.seq for record in chain.records[: chain.signed] if record.request == request]
    evidence = hand.without([chain.at(each) for each in gone])
    return Tampering(evidence, (chain.mark(seq),))


KINDS: Mapping[str, Way] = {
    "the first record removed": _removed(lambda chain: 1, lambda chain: 1),
    "a record removed": removed_one,
    "the last one that is held removed": _removed(
        lambda chain: chain.signed, lambda chain: chain.signed
    ),
    "the beginning removed": _removed(lambda chain: 1, lambda chain: chain.signed // 2),
    "the end cut off": _removed(lambda chain: chain.signed // 2, lambda chain: len(chain.records)),
    "the middle removed": _removed(
        lambda chain: chain.signed // 3 + 1, lambda chain: 2 * chain.signed // 3
    ),
    "a request removed": removed_request,
    "a writer removed": removed_writer_everywhere,
    "a stream removed": removed_shard,
    "everything removed": removed_from_all,
}
