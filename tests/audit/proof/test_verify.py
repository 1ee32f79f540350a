"""A whole stream has no finding; whatever is done to it once is found."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gateway.audit.proof.seal import digest, statement
from gateway.audit.proof.verify import Fault
from gateway.audit.record import Kind, Record, line
from tests.audit.history import KEYS, STRANGER, History, Scribe, histories, orders, verified


@settings(max_examples=40)
@given(history=histories(killed=True))
def test_a_whole_stream_has_no_finding(history: History) -> None:
    found, tally = verified(history)
    assert found == []
    assert tally.records == len(history.entries)
    assert tally.kept == len(history.kept)
    assert len(tally.lost) == sum(b"audit.lost" in written for _, written in history.entries)


@pytest.mark.threat(48)
@settings(max_examples=40)
@given(history=histories(), data=st.data())
def test_threat_48_a_changed_byte_is_found(history: History, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(history.entries) - 1))
    shard, written = history.entries[at]
    spot = data.draw(st.integers(0, len(written) - 1))
    byte = data.draw(st.integers(0, 127).filter(lambda each: each != written[spot]))
    history.entries[at] = (shard, written[:spot] + bytes([byte]) + written[spot + 1 :])
    assert verified(history)[0]


@pytest.mark.threat(48)
@settings(max_examples=40)
@given(history=histories(), data=st.data())
def test_threat_48_a_removed_record_is_found(history: History, data: st.DataObject) -> None:
    del history.entries[data.draw(st.integers(0, len(history.entries) - 1))]
    assert verified(history)[0]


@pytest.mark.threat(48)
@settings(max_examples=40)
@given(history=histories(), data=st.data())
def test_threat_48_a_cut_off_end_is_found(history: History, data: st.DataObject) -> None:
    del history.entries[data.draw(st.integers(0, len(history.entries) - 1)) :]
    assert verified(history)[0]


@pytest.mark.threat(48)
@settings(max_examples=40)
@given(history=histories(), data=st.data())
def test_threat_48_a_removed_beginning_is_found(history: History, data: st.DataObject) -> None:
    del history.entries[: data.draw(st.integers(1, len(history.entries)))]
    assert verified(history)[0]


@pytest.mark.threat(48)
@settings(max_examples=40)
@given(history=histories(), data=st.data())
def test_threat_48_a_removed_writer_is_found(history: History, data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from(sorted(orders(history.entries))))
    kept = [entry for entry in history.entries if gone not in orders([entry])]
    assert verified(replace(history, entries=kept))[0]


@pytest.mark.threat(48)
@settings(max_examples=40)
@given(history=histories(), data=st.data())
def test_threat_48_a_record_at_another_place_is_found(
    history: History, data: st.DataObject
) -> None:
    before = orders(history.entries)
    places = st.integers(0, len(history.entries) - 1)
    entry = history.entries.pop(data.draw(places))
    history.entries.insert(data.draw(places), entry)
    assume(orders(history.entries) != before)  # only each writer's own order can be known
    assert verified(history)[0]


@pytest.mark.threat(48)
@settings(max_examples=40)
@given(history=histories(), data=st.data())
def test_threat_48_a_record_that_stands_twice_is_found(
    history: History, data: st.DataObject
) -> None:
    shard, written = data.draw(st.sampled_from(history.entries))
    other = data.draw(st.sampled_from([shard, 1 - shard]))
    at = data.draw(st.integers(0, len(history.entries)))
    history.entries.insert(at, (other, written))
    assert verified(history)[0]


@pytest.mark.threat(48)
@settings(max_examples=40)
@given(history=histories(), data=st.data())
def test_threat_48_an_added_record_is_found(history: History, data: st.DataObject) -> None:
    """One who knows all but the key: of a new writer, and between two of a known one."""
    shard, written = data.draw(st.sampled_from(history.entries))
    known = msgspec.json.decode(written, type=Record)
    stranger = Scribe("FORGED", shard, STRANGER)
    added = data.draw(
        st.sampled_from(
            [
                stranger.put(),
                line(Record(id="x", kind=Kind.SESSION_ENDED, at="", prev=digest(written))),
                line(msgspec.structs.replace(known, id="x", prev=digest(written))),
                b"",
                b"{}",
                b"[" * 100_000,
                b"\xff",
            ]
        )
    )
    at = data.draw(st.integers(0, len(history.entries)))
    history.entries.insert(at, (shard, added))
    assert verified(history)[0]


@pytest.mark.threat(48)
@settings(max_examples=40)
@given(history=histories(), data=st.data())
def test_threat_48_a_changed_record_with_a_chain_made_anew_is_found(
    history: History, data: st.DataObject
) -> None:
    """The hashes are recomputed down to the end; the signatures cannot be."""
    chains = orders(history.entries)
    chain = data.draw(st.sampled_from(sorted(chains)))
    spot = data.draw(st.integers(0, len(chains[chain]) - 1))
    renewed: dict[bytes, bytes] = {}
    prev = None
    for number, written in enumerate(chains[chain]):
        record = msgspec.json.decode(written, type=Record)
        if number == spot:
            record.target = "/nothing"
        if prev is not None and number > spot:
            record.prev = prev
        renewed[written] = line(record)
        prev = digest(renewed[written])
    history.entries = [(shard, renewed.get(each, each)) for shard, each in history.entries]
    assert verified(history)[0]


@pytest.mark.threat(48)
def test_threat_48_a_gap_is_only_excused_by_a_signed_record() -> None:
    scribe = Scribe("W")
    for _ in range(5):
        scribe.put()
    checkpoint = scribe.put(Kind.AUDIT_CHECKPOINT)
    del scribe.lines[2]
    record = Record(id="x", kind=Kind.AUDIT_LOST, at="", writer="W", seq=7, lost=(3, 3))
    record.prev = digest(checkpoint)
    for key, faults in (
        (STRANGER, [Fault.SIGNATURE, Fault.MISSING]),
        (KEYS[0], []),
    ):
        record.signature = key.sign(statement(record))
        entries = [(0, each) for each in (*scribe.lines, line(record))]
        found, _ = verified(History(entries, [checkpoint]))
        assert [each.fault for each in found] == faults


@pytest.mark.threat(48)
def test_threat_48_a_finding_says_what_and_where() -> None:
    scribe = Scribe("W", shard=1)
    kept = []
    for _ in range(3):
        scribe.put()
        kept.append(scribe.put(Kind.AUDIT_CHECKPOINT))
    entries = [(1, each) for each in scribe.lines]

    def found(changed: list[tuple[int, bytes]]) -> list[tuple[str, int, str, int, str]]:
        told, _ = verified(History(changed, kept))
        return [(f.fault.name, f.shard, f.writer, f.seq, f.position) for f in told]

    assert found([*entries[:2], *entries[3:]]) == [("MISSING", 1, "W", 3, "2-0")]
    assert found(entries[:3]) == [("CUT_OFF", 1, "W", 4, "2-0")]
    assert found([]) == [("CUT_OFF", 1, "W", 1, "")]
    assert found([*entries, entries[2]]) == [("OUT_OF_ORDER", 1, "W", 3, "6-0")]
    assert found([*entries[:2], (1, entries[2][1].replace(b'"r"', b'"s"')), *entries[3:]]) == [
        ("CHANGED", 1, "W", 4, "3-0")
    ]
    assert found([*entries[:5], (1, entries[5][1].replace(b'"v":1', b'"v": 1'))]) == [
        ("NOT_AS_KEPT", 1, "W", 6, "5-0")
    ]


@pytest.mark.threat(48)
def test_threat_48_a_record_in_another_stream_is_found() -> None:
    scribe = Scribe("W", shard=1)
    scribe.put()
    kept = scribe.put(Kind.AUDIT_CHECKPOINT)
    found, _ = verified(History([(0, scribe.lines[0]), (1, kept)], [kept]))
    assert [each.fault for each in found] == [Fault.ELSEWHERE, Fault.MISSING]


def test_what_nothing_covers_is_counted() -> None:
    scribe = Scribe("W")
    scribe.put()
    kept = scribe.put(Kind.AUDIT_CHECKPOINT)
    for _ in range(3):
        scribe.put()
    _, tally = verified(History([(0, each) for each in scribe.lines], [kept]))
    assert tally.uncovered == {(0, "W"): 3}


@pytest.mark.parametrize("bad", ["signature", "line", "kind"])
def test_a_kept_checkpoint_that_does_not_hold_is_told(bad: str) -> None:
    scribe = Scribe("W", key=STRANGER if bad == "signature" else KEYS[0])
    kept = (
        b"x"
        if bad == "line"
        else scribe.put(Kind.AUDIT_CHECKPOINT if bad == "signature" else Kind.REQUEST_INTENT)
    )
    found, _ = verified(History([], [kept]))
    assert [(each.fault, each.position) for each in found] == [(Fault.KEPT, "kept:0")]
