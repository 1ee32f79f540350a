from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.record import (
    Kind,
    Record,
    RecordClient,
    RecordSubject,
    line,
    scrubbed,
    subject_of,
    timestamp,
)
from gateway.model import Actor, Mode, Remark
from tests.sample import SESSION

VISIBLE = st.characters(min_codepoint=0x21, max_codepoint=0x7E)


def a_record(**fields: Any) -> Record:
    return Record(id="1", kind=Kind.REQUEST_INTENT, at=timestamp(0), **fields)


def test_a_line_holds_what_is_known_and_its_version() -> None:
    actor = Actor(id="ada", name="Ada Okafor", email="ada@example.com", profile="Support")
    whole = a_record(
        seq=7,
        actor=actor,
        mode=Mode.READ_ONLY,
        redactions=(Remark(rule="notes", category="private_notes", count=2),),
        complete=False,
        client=RecordClient(address="10.0.0.1"),
    )
    assert json.loads(line(whole)) == {
        "v": 1,
        "id": "1",
        "kind": "request.intent",
        "at": "1970-01-01T00:00:00.000Z",
        "seq": 7,
        "actor": {
            "id": "ada",
            "name": "Ada Okafor",
            "email": "ada@example.com",
            "profile": "Support",
        },
        "mode": "read_only",
        "redactions": [{"rule": "notes", "category": "private_notes", "count": 2}],
        "complete": False,
        "client": {"address": "10.0.0.1", "agent": ""},
    }


@pytest.mark.threat(47)
@given(text=st.text(st.characters(codec="utf-8")))
def test_threat_47_a_line_is_one_line_of_ascii_whatever_a_field_holds(text: str) -> None:
    record = a_record(detail=text, rule=text)
    encoded = line(record)
    assert encoded.isascii()
    assert len(encoded.decode().splitlines()) == 1
    assert msgspec.json.decode(encoded, type=Record) == record
    assert json.loads(encoded).get("detail", "") == text


@pytest.mark.threat(47)
@pytest.mark.parametrize("odd", ["\u2028", "\u2029", "\x85", '"', "\\", "\n", "\r\n", "\x00", "😀"])
def test_threat_47_what_looks_like_a_line_end_or_a_quote_is_escaped(odd: str) -> None:
    forged = f'x{odd}{{"kind":"session.ended"}}{odd}'
    encoded = line(a_record(host=forged))
    assert odd not in encoded.decode().replace('\\"', "").replace("\\", "") or odd in '"\\'
    assert json.loads(encoded)["host"] == forged


TEXTS = st.text(st.sampled_from('a"\\\n\x00\x7fé\u2028😀\ud800\udcff'), max_size=3)
COUNTS = st.integers(0, 2**53)
RECORDS = st.builds(
    Record,
    id=TEXTS,
    kind=st.sampled_from(Kind),
    at=TEXTS,
    writer=TEXTS,
    seq=COUNTS,
    request=TEXTS,
    session=TEXTS,
    actor=st.none() | st.builds(Actor, id=TEXTS, name=TEXTS, email=TEXTS, profile=TEXTS),
    subject=st.none()
    | st.builds(
        RecordSubject, id=TEXTS, name=TEXTS, email=TEXTS, account=TEXTS, account_name=TEXTS
    ),
    mode=st.none() | st.sampled_from(Mode),
    target=TEXTS,
    decision=st.sampled_from(["", "allow", "deny"]),
    detail=TEXTS,
    ms=COUNTS,
    redactions=st.lists(
        st.builds(Remark, rule=TEXTS, category=TEXTS, count=COUNTS), max_size=2
    ).map(tuple),
    complete=st.none() | st.booleans(),
    client=st.none() | st.builds(RecordClient, address=TEXTS, agent=TEXTS),
)


@given(record=RECORDS)
def test_a_line_that_is_read_and_written_again_is_the_same(record: Record) -> None:
    plain = line(record)
    assert plain.isascii()
    assert line(msgspec.json.decode(plain, type=Record)) == plain


@pytest.mark.threat(47)
@given(text=st.text(st.characters(categories=["Cs", "L"]), min_size=1))
def test_a_record_is_never_refused_for_what_it_tells_of(text: str) -> None:
    encoded = line(a_record(detail=text, client=RecordClient(address="a", agent=text)))
    assert encoded.isascii()
    record = msgspec.json.decode(encoded, type=Record)
    assert record.detail == text.encode("utf-8", "backslashreplace").decode()
    assert record.client == RecordClient(address="a", agent=record.detail)


def test_another_version_is_not_taken_for_this_one() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(line(a_record()).replace(b'"v":1', b'"v":2'), type=Record)


@pytest.mark.parametrize(
    ("target", "kept"),
    [
        ("/", "/"),
        ("/a%2fb?", "/a%2fb?"),
        ("/s?token=abc", "/s?token=*"),
        ("/s?a=1&b=2&c=", "/s?a=*&b=*&c="),
        ("/s?eyJhbGciOi", "/s?*"),
        ("/s?eyJhbGciOi&a=b", "/s?*&a=*"),
        ("/s?a=b=c", "/s?a=*"),
        ("/s?a==", "/s?a=*"),
        ("/s?=x", "/s?=*"),
        ("/s?a;b=c;d=e", "/s?a;b=*"),
        ("/s?&&a", "/s?&&*"),
        ("/s?u=http://x/?t=1", "/s?u=*"),
        ("/s?a?b", "/s?*"),
        ("/s?a?b=c", "/s?a?b=*"),
    ],
)
@pytest.mark.threat(47)
def test_threat_47_query_values_are_not_recorded(target: str, kept: str) -> None:
    assert scrubbed(target) == kept


@pytest.mark.threat(47)
@given(
    path=st.text(VISIBLE.filter(lambda c: c != "?")),
    fields=st.lists(st.tuples(st.text("abc", min_size=1), st.text("12=?;/", min_size=1))),
)
def test_threat_47_the_path_and_the_names_stay(path: str, fields: list[tuple[str, str]]) -> None:
    target = f"/{path}?" + "&".join(f"{name}={value}" for name, value in fields)
    assert scrubbed(target) == f"/{path}?" + "&".join(f"{name}=*" for name, _ in fields)


def test_times_are_utc_with_milliseconds() -> None:
    assert timestamp(1_795_319_163_007) == "2026-11-22T03:46:03.007Z"
    assert timestamp(1_795_319_163_999) == "2026-11-22T03:46:03.999Z"


def test_a_session_s_subject_is_named_without_what_the_app_needs_only() -> None:
    assert msgspec.to_builtins(subject_of(SESSION)) == {
        "id": "jonas.weber",
        "name": "Jonas Weber",
        "email": "jonas@nord.example",
        "account": "nord",
        "account_name": "Nordlicht GmbH",
    }
