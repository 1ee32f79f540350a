"""The schema that is shipped says what records are, no more and no less."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError

from gateway.audit.record import (
    ConfigFile,
    Kind,
    Record,
    RecordClient,
    RecordSubject,
    line,
    timestamp,
)
from gateway.audit.schema import refreshed, schema
from gateway.model import Actor, Mode
from tests.audit.test_parts import COUNTS, REMARKS, TEXTS

ACTORS = st.builds(Actor, id=TEXTS, name=TEXTS, email=TEXTS, profile=TEXTS)
SUBJECTS = st.builds(
    RecordSubject, id=TEXTS, name=TEXTS, email=TEXTS, account=TEXTS, account_name=TEXTS
)
RECORDS = st.builds(
    Record,
    id=TEXTS,
    kind=st.sampled_from(Kind),
    at=st.builds(timestamp, st.integers(0, 4_000_000_000_000)),
    seq=COUNTS,
    prev=st.binary(max_size=3),
    actor=st.none() | ACTORS,
    subject=st.none() | SUBJECTS,
    mode=st.none() | st.sampled_from(Mode),
    decision=st.sampled_from(["", "allow", "deny"]),
    target=TEXTS,
    status=COUNTS,
    redactions=REMARKS.map(tuple),
    complete=st.none() | st.booleans(),
    client=st.none() | st.builds(RecordClient, address=TEXTS, agent=TEXTS),
    config=st.lists(st.builds(ConfigFile, file=TEXTS, sha256=TEXTS), max_size=2).map(tuple),
    lost=st.none() | st.tuples(COUNTS, COUNTS),
    signature=st.binary(max_size=3),
)


def closed(said: Any) -> Any:
    """A schema that lets nothing be that it does not name."""
    match said:
        case {"properties": _}:
            said = {**said, "additionalProperties": False}
    match said:
        case dict():
            return {key: closed(value) for key, value in said.items()}
        case list():
            return [closed(each) for each in said]
    return said


WHOLE = Draft202012Validator(closed(schema()))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())


@given(RECORDS)
def test_the_schema_allows_every_record_and_knows_all_of_its_fields(record: Record) -> None:
    WHOLE.validate(json.loads(line(record)))


@pytest.mark.parametrize(
    "broken",
    [
        {"v": 2},
        {"kind": "request.forgotten"},
        {"id": None},
        {"actor": {"id": "ada"}},
        {"mode": "read"},
        {"redactions": [{"rule": "notes"}]},
        {"status": "200"},
        {"lost": [1]},
    ],
)
def test_the_schema_refuses_what_is_no_record(broken: dict[str, object]) -> None:
    whole = json.loads(line(Record(id="1", kind=Kind.SESSION_ENDED, at=timestamp(0))))
    with pytest.raises(ValidationError):
        WHOLE.validate(whole | broken)


def test_everything_in_the_schema_is_described() -> None:
    said = schema()
    assert [name for name, one in said["properties"].items() if not one["description"]] == []
    assert [one["const"] for one in said["$defs"]["Kind"]["oneOf"]] == list(Kind)


def test_a_page_without_a_place_for_the_tables_is_refused() -> None:
    with pytest.raises(ValueError, match="kinds"):
        refreshed("# For security")
