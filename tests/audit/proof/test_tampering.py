"""Each kind of tampering is found where it was done, and nothing where nothing was done."""

from __future__ import annotations

from random import Random

import pytest

from gateway.audit.proof.verify import Finding
from gateway.audit.record import Kind, RecordSubject
from gateway.model import Actor
from tests.audit.history import KEYS, Scribe
from tests.audit.proof.tampering import KINDS
from tests.audit.proof.tampering.hand import Evidence, Hand, missed, verified
from tests.audit.proof.tampering.limits import limits

PUBLIC = [key.public_key() for key in KEYS]
ADA = Actor(id="ada", name="Ada", email="", profile="Administrator")
JONAS = RecordSubject(id="jonas", name="Jonas", email="", account="n", account_name="N")


def evidence() -> Evidence:
    """Two writers in two streams that ended, one that was killed, one killed before it signed."""
    scribes = [Scribe(f"W{n}", shard, KEYS[n]) for n in range(2) for shard in range(2)]
    killed, early = Scribe("K"), Scribe("E", 1)
    entries: list[tuple[int, bytes]] = []
    kept: list[bytes] = []

    def checkpoint(scribe: Scribe) -> None:
        kept.append(scribe.put(Kind.AUDIT_CHECKPOINT))
        entries.append((scribe.shard, kept[-1]))

    for turn in range(6):
        for scribe in (*scribes, killed, early):
            for kind in (Kind.REQUEST_INTENT, Kind.REQUEST_OUTCOME):
                more = {"status": 200, "bytes_out": 7} if kind is Kind.REQUEST_OUTCOME else {}
                written = scribe.put(
                    kind, session="s", actor=ADA, subject=JONAS, method="GET",
                    target="/json", request=f"{turn}", **more,
                )  # fmt: skip
                entries.append((scribe.shard, written))
        if turn in (2, 5):
            for scribe in scribes:
                checkpoint(scribe)
        if turn == 2:
            checkpoint(killed)
    return Evidence(tuple(entries), tuple(kept))


WHOLE = evidence()


def exported(whole: Evidence) -> Evidence:
    lines = b"".join(written + b"\n" for _, written in whole.entries)
    return Evidence(whole.entries, whole.kept, lines)


@pytest.mark.threat(48)
def test_threat_48_each_kind_of_tampering_is_found_where_it_was_done() -> None:
    wrong = {}
    for seed in range(2):
        for name, tamper in KINDS.items():
            tampering = tamper(Hand(WHOLE, Random(f"{seed} {name}")))
            assert tampering is not None, name
            if problems := missed(tampering, verified(tampering.evidence, PUBLIC)):
                wrong[name] = problems
    assert wrong == {}
    assert len(KINDS) >= 30


def test_nothing_is_found_in_what_is_whole_nor_in_what_nobody_can_know() -> None:
    assert verified(WHOLE, PUBLIC) == []
    assert verified(exported(WHOLE), PUBLIC) == []
    made = limits(Hand(WHOLE, Random(1)))
    assert len(made) == 6
    assert {name: found for name, each in made.items() if (found := verified(each, PUBLIC))} == {}


def test_a_finding_elsewhere_and_a_missing_one_are_both_told() -> None:
    tamper = KINDS["a record removed"](Hand(WHOLE, Random(1)))
    assert tamper is not None
    (found,) = verified(tamper.evidence, PUBLIC)
    other = Finding(found.fault, found.shard, "X", found.seq, found.position, "")
    assert [each.split(" at ")[0] for each in missed(tamper, [])] == ["not found"]
    assert len(missed(tamper, [found, other])) == 1
