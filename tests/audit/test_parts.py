from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from gateway.audit.parts import (
    Asked,
    Judged,
    Part,
    RequestRecord,
    Runs,
    Told,
    allowed,
    client,
    part,
    who,
)
from gateway.audit.record import Kind, Record, RecordClient, line, subject_of
from gateway.model import Actor, Mode, Remark, Session, Subject
from gateway.recorder import Outcome
from tests.sample import SESSION

TEXTS = st.text(st.sampled_from('a"\\\n\x00\x7fé\u2028😀\ud800\udcff'), max_size=3)
COUNTS = st.integers(0, 2**53)
SESSIONS = st.builds(
    lambda texts, mode: replace(
        SESSION,
        id=texts[0],
        site=texts[1],
        actor=Actor(id=texts[2], name=texts[3], email=texts[4], profile=texts[5]),
        subject=Subject(
            id=texts[6],
            name=texts[7],
            email=texts[8],
            account=texts[9],
            account_name=texts[10],
            status="active",
        ),
        mode=mode,
    ),
    st.tuples(*[TEXTS] * 11),
    st.sampled_from(Mode),
)
REMARKS = st.lists(st.builds(Remark, rule=TEXTS, category=TEXTS, count=COUNTS), max_size=2)
PARTS = st.one_of(
    st.builds(Asked, method=TEXTS, target=TEXTS),
    st.builds(Runs, detail=TEXTS),
    st.builds(
        Told,
        rule=TEXTS,
        reason=TEXTS,
        bytes_in=COUNTS,
        bytes_out=COUNTS,
        media=TEXTS,
        complete=st.none() | st.booleans(),
        body=TEXTS,
        cut=st.booleans(),
        body_hash=TEXTS,
    ),
    st.builds(
        Judged,
        target=TEXTS,
        decision=st.sampled_from(["allow", "deny"]),
        rule=TEXTS,
        reason=TEXTS,
        detail=TEXTS,
        bytes_in=COUNTS,
    ),
    st.builds(
        Outcome,
        would=TEXTS,
        reason=TEXTS,
        detail=TEXTS,
        status=COUNTS,
        bytes_in=COUNTS,
        bytes_out=COUNTS,
        messages_in=COUNTS,
        messages_out=COUNTS,
        ms=COUNTS,
        app_ms=COUNTS,
        shown=st.lists(TEXTS, max_size=2).map(tuple),
        media=TEXTS,
        redactions=REMARKS.map(tuple),
        complete=st.none() | st.booleans(),
    ),
)


@given(
    session=SESSIONS,
    value=PARTS,
    kind=st.sampled_from(Kind),
    shard=st.integers(0, 300),
    seq=st.integers(1, 2**53),
    prev=st.binary(min_size=32, max_size=64),
    agent=st.none() | TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass")),
)
def test_a_record_of_parts_is_the_line_of_the_plain_one(
    session: Session,
    value: Part,
    kind: Kind,
    shard: int,
    seq: int,
    prev: bytes,
    agent: bytes | None,
) -> None:
    known: dict[str, Any] = {
        "session": session.id,
        "site": session.site,
        "actor": session.actor,
        "subject": subject_of(session),
        "mode": session.mode,
    }
    plain = Record(id="R1", kind=kind, at="now", request="R0", **known, **asdict(value))
    rest = f"{who(session)}{part(value)}"
    if agent is not None:
        plain.client = RecordClient(address="::1", agent=agent.decode("utf-8", "replace"))
        rest += client("::1", agent)
    quick = RequestRecord("R1", kind, "now", "R0", session.id, rest, b"")
    placed = plain.place("W", shard, seq, prev)
    assert quick.place("W", shard, seq, prev) == placed
    assert line(msgspec.json.decode(placed, type=Record)) == placed


@given(host=TEXTS, rule=TEXTS, would=TEXTS)
def test_what_allowed_an_intent_is_told_as_a_plain_record_tells_it(
    host: str, rule: str, would: str
) -> None:
    plain = Record(
        id="R1", kind=Kind.REQUEST_INTENT, at="now", request="R1", decision="allow",
        host=host, rule=rule, would=would,
    )  # fmt: skip
    quick = RequestRecord("R1", plain.kind, "now", "R1", "", allowed(host, rule, would), b"")
    assert quick.place("W", 0, 1, b"x") == plain.place("W", 0, 1, b"x")


def test_a_part_without_anything_says_nothing() -> None:
    assert part(Asked()) == part(Outcome()) == ""
