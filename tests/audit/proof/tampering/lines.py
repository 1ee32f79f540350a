"""One line changed: what a record says, or only how it is written."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from gateway.audit.record import Kind
from tests.audit.proof.tampering.hand import Hand, Mark, Tampering, Way


def _field(change: Callable[[dict[str, Any]], object], *kinds: Kind) -> Way:
    """Change something that a record of these kinds says, and nothing else."""

    def tamper(hand: Hand) -> Tampering | None:
        found = hand.of_kind(*kinds)
        if found is None:
            return None
        chain, seq = found
        place = chain.at(seq)
        said = json.loads(hand.line(place))
        change(said)
        new = json.dumps(said, separators=(",", ":")).encode()
        assert new != hand.line(place)
        return Tampering(hand.with_lines({place: new}), (chain.mark(seq, seq + 1),))

    return tamper


def _text(change: Callable[[bytes], bytes]) -> Way:
    """Write the same record otherwise."""

    def tamper(hand: Hand) -> Tampering:
        seq = hand.seq()
        place = hand.chain.at(seq)
        evidence = hand.with_lines({place: change(hand.line(place))})
        return Tampering(evidence, (hand.chain.mark(seq, seq + 1),))

    return tamper


def _broken(change: Callable[[bytes], bytes]) -> Way:
    """Make of a record what is none."""

    def tamper(hand: Hand) -> Tampering:
        seq = hand.seq()
        place = hand.chain.at(seq)
        evidence = hand.with_lines({place: change(hand.line(place))})
        marks = Mark(hand.chain.shard, hand.chain.writer, 0, 0, f"{place}"), hand.chain.mark(seq)
        return Tampering(evidence, marks)

    return tamper


_REQUESTS = Kind.REQUEST_INTENT, Kind.REQUEST_OUTCOME


KINDS: Mapping[str, Way] = {
    "another actor": _field(lambda r: r["actor"].update(id="mallory"), *_REQUESTS),
    "another subject": _field(lambda r: r["subject"].update(id="nobody"), *_REQUESTS),
    "another target": _field(lambda r: r.update(target="/nothing"), *_REQUESTS),
    "another method": _field(lambda r: r.update(method="HEAD"), *_REQUESTS),
    "another status": _field(lambda r: r.update(status=299), Kind.REQUEST_OUTCOME),
    "another number of bytes": _field(lambda r: r.update(bytes_out=1), Kind.REQUEST_OUTCOME),
    "another time": _field(lambda r: r.update(at="2020-01-01T00:00:00.000Z"), *_REQUESTS),
    "another kind": _field(lambda r: r.update(kind="session.entered"), *_REQUESTS),
    "another session": _field(lambda r: r.update(session="x"), *_REQUESTS),
    "another request": _field(lambda r: r.update(request="x"), *_REQUESTS),
    "another id": _field(lambda r: r.update(id="x"), *_REQUESTS),
    "another decision": _field(lambda r: r.update(decision="deny"), Kind.REQUEST_INTENT),
    "a reason more": _field(lambda r: r.update(reason="tampered"), Kind.REQUEST_OUTCOME),
    "a field less": _field(lambda r: r.pop("method"), *_REQUESTS),
    "a field that no gateway writes": _field(lambda r: r.update(tampered=1), *_REQUESTS),
    "another hash of the one before": _field(lambda r: r.update(prev="A" * 43 + "="), *_REQUESTS),
    "a space more": _text(lambda each: each.replace(b":", b": ", 1)),
    "a space at the end": _text(lambda each: each + b" "),
    "a key twice": _text(lambda each: each[:-1] + b',"target":"/nothing"}'),
    "a key twice, the first before": _text(
        lambda each: each.replace(b'{"v":1,', b'{"v":1,"target":"/nothing",', 1)
    ),
    "keys in another order": _text(
        lambda each: json.dumps(json.loads(each), sort_keys=True, separators=(",", ":")).encode()
    ),
    "a letter as an escape": _text(lambda each: each.replace(b'"id":"', b'"id":"\\u0030', 1)),
    "a key as an escape": _text(lambda each: each.replace(b'"id":', b'"i\\u0064":', 1)),
    "a NUL behind": _broken(lambda each: each + b"\0"),
    "a byte order mark": _broken(lambda each: b"\xef\xbb\xbf" + each),
    "half of it": _broken(lambda each: each[: len(each) // 2]),
    "nothing": _broken(lambda each: b""),
    "an array around it": _broken(lambda each: b"[" + each + b"]"),
    "another version": _broken(lambda each: each.replace(b'"v":1', b'"v":2', 1)),
}
