from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from gateway.audit.formats.ocsf import written
from gateway.audit.record import Kind
from tests.audit.formats.ocsf_schema import Schema
from tests.audit.formats.samples import LINES, a_line, fields, of_a_newer_gateway, wild_lines
from tests.conftest import OCSF_SCHEMA

REQUIRED = {
    0: (),
    3002: ("user", "service"),
    6001: ("web_resources",),
    6002: ("app",),
}
"""By class, what it requires beside what every event does; `service` of a choice of two."""
EVERY = (
    "activity_id",
    "category_uid",
    "class_uid",
    "metadata.product.name",
    "metadata.version",
    "severity_id",
    "time",
    "type_uid",
)


def event(line: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(written(line, fields(line)))
    return found


def at(found: dict[str, Any], path: str) -> Any:
    value: Any = found
    for name in path.split("."):
        value = value[name]
    return value


@pytest.fixture(scope="module")
def schema() -> Schema:
    if OCSF_SCHEMA is None:
        pytest.skip("GATEWAY_OCSF_SCHEMA names no folder with the published schema")
    return Schema(Path(OCSF_SCHEMA))


@pytest.mark.parametrize("line", LINES, ids=lambda line: fields(line)["kind"])
def test_an_event_has_what_its_class_requires(line: bytes) -> None:
    found = event(line)
    for path in (*EVERY, *REQUIRED[found["class_uid"]]):
        assert at(found, path) is not None, path
    assert found["type_uid"] == found["class_uid"] * 100 + found["activity_id"]
    assert found["category_uid"] == found["class_uid"] // 1000


@pytest.mark.parametrize("line", LINES, ids=lambda line: fields(line)["kind"])
def test_an_event_is_as_the_published_schema_wants_it(line: bytes, schema: Schema) -> None:
    assert schema.faults(event(line)) == []


@given(wild_lines())
def test_whatever_strangers_wrote_the_event_is_as_the_schema_wants_it(
    schema: Schema, line: bytes
) -> None:
    assert schema.faults(event(line)) == []


def test_the_check_against_the_schema_finds_what_is_wrong(schema: Schema) -> None:
    good = event(a_line())
    wrong: tuple[dict[str, Any], ...] = (
        {"made_up": 1},
        {"severity_id": 42},
        {"time": "now"},
        {"web_resources": {"name": "x"}},
        {"web_resources": [{}]},
        {"http_response": {"latency": 1}},
        {"src_endpoint": {"ip": "nowhere"}},
        {"activity_name": "Write"},
        {"metadata": {**good["metadata"], "profiles": []}},
    )
    for change in wrong:
        assert schema.faults({**good, **change}) != [], change
    assert schema.faults({name: good[name] for name in good if name != "web_resources"}) != []


@pytest.mark.parametrize(
    ("kind", "type_uid", "status"),
    [
        (Kind.SESSION_STARTED, 300207, 1),
        (Kind.SESSION_REFUSED, 300207, 2),
        (Kind.SESSION_ENDED, 300202, 1),
        (Kind.OPERATOR_SIGNED_IN, 300201, 1),
        (Kind.OPERATOR_REFUSED, 300201, 2),
        (Kind.REQUEST_INTENT, 600102, 0),
        (Kind.REQUEST_OUTCOME, 600102, 1),
        (Kind.MESSAGE_REFUSED, 600199, 2),
        (Kind.GATEWAY_STOPPED, 600204, 1),
        (Kind.AUDIT_LOST, 99, 2),
    ],
)
def test_each_kind_is_a_type_of_event(kind: Kind, type_uid: int, status: int) -> None:
    found = event(a_line(kind))
    assert (found["type_uid"], found["status_id"]) == (type_uid, status)


def test_a_start_is_an_impersonation_that_names_both() -> None:
    found = event(a_line(Kind.SESSION_STARTED))
    assert (found["account_switch_type_id"], found["session"]["uid"]) == (2, "s1")
    assert found["actor"]["user"]["uid"] == "ada"
    assert found["user"]["uid"] == "jonas.weber"
    assert found["user"]["org"] == {"uid": "nord", "name": "Nordlicht GmbH"}


def test_a_request_names_both_and_what_was_hidden() -> None:
    found = event(a_line())
    assert found["actor"]["user"]["uid"] == "ada"
    assert found["unmapped"]["subject"]["id"] == "jonas.weber"
    assert (found["http_response"]["code"], found["status_code"]) == (200, "200")
    assert found["unmapped"]["redactions"][0]["category"] == "private_notes"
    assert found["http_request"]["url"] == {
        "path": "/deals/7",
        "hostname": "k3f9.crm.example.com",
        "port": 8443,
        "query_string": "view=*",
    }


def test_a_refused_something_else_on_the_console_is_no_sign_in() -> None:
    found = event(a_line(Kind.OPERATOR_REFUSED, reason="form_token"))
    assert (found["activity_id"], found["activity_name"]) == (99, "operator.refused")


def test_what_a_newer_gateway_wrote_is_kept_as_it_is() -> None:
    found = event(of_a_newer_gateway())
    assert (found["class_uid"], found["activity_name"]) == (0, "weather.changed")
    assert found["unmapped"]["changed"] == {"role": ["a", "b"]}
    assert found["unmapped"]["weight"] == 7
