"""An exported file, changed around a line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from tests.audit.proof.tampering.hand import Hand, Mark, Tampering, Way, chains


def _exported(hand: Hand) -> list[bytes]:
    return [written for _, written in hand.evidence.entries]


def _export(change: Callable[[list[bytes], int], bytes], *, also_gone: bool) -> Way:
    """Change an exported file around the line of one record, which is none then."""

    def tamper(hand: Hand) -> Tampering:
        seq = hand.seq()
        place = hand.chain.at(seq)
        evidence = replace(hand.evidence, export=change(_exported(hand), place))
        broken = Mark(hand.chain.shard, hand.chain.writer, 0, 0, f"line {place + 1}")
        return Tampering(evidence, (broken, hand.chain.mark(seq)) if also_gone else (broken,))

    return tamper


def _joined(lines: Sequence[bytes]) -> bytes:
    return b"".join(each + b"\n" for each in lines)


def _cut_in_the_middle(lines: list[bytes], place: int) -> bytes:
    half = lines[place][: len(lines[place]) // 2]
    return _joined([*lines[:place], half, *lines[place + 1 :]])


def _blank_line(lines: list[bytes], place: int) -> bytes:
    return _joined([*lines[:place], b"", *lines[place:]])


def _two_on_a_line(lines: list[bytes], place: int) -> bytes:
    return _joined([*lines[:place], lines[place] + b" " + lines[place], *lines[place + 1 :]])


def _utf16(lines: list[bytes], place: int) -> bytes:
    other = lines[place].decode().encode("utf-16-le").replace(b"\n", b"")
    return _joined([*lines[:place], other, *lines[place + 1 :]])


def export_cut_off(hand: Hand) -> Tampering:
    """The file ends in the middle of a record that a checkpoint outside knows."""
    place = hand.chain.at(hand.chain.signed)
    lines = _exported(hand)
    data = _joined(lines[:place]) + lines[place][:-10]
    marks = tuple(
        chain.mark(sum(each < place for each in chain.places) + 1)
        for chain in chains(hand.evidence)
        if chain.signed and chain.at(chain.signed) >= place
    )
    broken = Mark(hand.chain.shard, hand.chain.writer, 0, 0, f"line {place + 1}")
    return Tampering(replace(hand.evidence, export=data), (broken, *marks))


KINDS: Mapping[str, Way] = {
    "a line of an export cut in the middle": _export(_cut_in_the_middle, also_gone=True),
    "an empty line in an export": _export(_blank_line, also_gone=False),
    "two records on a line of an export": _export(_two_on_a_line, also_gone=True),
    "a line of an export in UTF-16": _export(_utf16, also_gone=True),
    "an export that ends in the middle": export_cut_off,
}
