from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.reading.fields import fields_of, flat, host_and_port, ms_of, nested
from gateway.audit.record import timestamp
from tests.audit.formats.samples import LINES, a_line, line_of, of_a_newer_gateway

GOOD: dict[str, Any] = msgspec.json.decode(a_line())


@pytest.mark.parametrize("line", LINES)
def test_a_record_is_its_json(line: bytes) -> None:
    assert fields_of(line) == msgspec.json.decode(line)


def test_kinds_and_fields_that_nobody_here_knows_are_kept() -> None:
    found = fields_of(of_a_newer_gateway())
    assert found is not None
    assert (found["kind"], found["weight"]) == ("weather.changed", 7)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": 5},
        {"kind": "Request\x1b"},
        {"kind": None},
        {"v": 2},
        {"seq": 0},
        {"writer": ""},
        {"at": "yesterday"},
        {"at": "2026-11-22T25:00:00.000Z"},
        {"at": "2026-11-22T05:00:00.000+02:00"},
        {"actor": 5},
        {"actor": {"id": "ada"}},
        {"status": "200"},
        {"redactions": [{"rule": "r"}]},
        {"a.b": 1},
        {"changed": {"": 1}},
        {"deep": [[[[[[[[[[1]]]]]]]]]]},
    ],
)
def test_what_has_not_the_shape_of_a_record_is_none(change: dict[str, Any]) -> None:
    assert fields_of(line_of({**GOOD, **change})) is None


@pytest.mark.parametrize("line", [b"", b"x", b"[]", b"null", b'{"v":1}', b"[" * 100_000, b"\xff"])
def test_what_is_no_json_object_is_none(line: bytes) -> None:
    assert fields_of(line) is None


def test_a_field_that_is_null_is_not_there() -> None:
    found = fields_of(line_of({**GOOD, "subject": None}))
    assert found is not None
    assert "subject" not in found


def test_people_stand_beside_the_rest_and_paths_become_objects() -> None:
    assert flat({"a": {"b": 1}, "c": [2]}) == {"a.b": 1, "c": [2]}
    assert nested({"a.b": 1, "a.c.d": 2, "e": 3}) == {"a": {"b": 1, "c": {"d": 2}}, "e": 3}


@given(st.integers(0, 4_102_444_800_000))
def test_a_time_is_read_as_it_was_written(ms: int) -> None:
    assert ms_of(timestamp(ms)) == ms


@pytest.mark.parametrize(
    ("host", "parts"),
    [
        ("crm.example.com", ("crm.example.com", None)),
        ("crm.example.com:8080", ("crm.example.com", 8080)),
        ("[::1]:80", ("[::1]", 80)),
        ("[::1]", ("[::1]", None)),
        ("a:b", ("a:b", None)),
        ("a:99999", ("a:99999", None)),
        ("", ("", None)),
    ],
)
def test_a_host_has_a_port_or_not(host: str, parts: tuple[str, int | None]) -> None:
    assert host_and_port(host) == parts
