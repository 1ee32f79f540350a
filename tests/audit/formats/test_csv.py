from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given

from gateway.audit.formats.csv import COLUMNS, HEAD, written
from gateway.audit.reading.fields import flat
from tests.audit.formats.samples import LINES, a_line, fields, of_a_newer_gateway, wild_lines


def row(line: bytes) -> dict[str, str]:
    text = (HEAD + written(line, fields(line))).decode()
    (found,) = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    return found


def test_people_and_the_client_have_columns_of_their_own() -> None:
    assert HEAD.endswith(b"\r\n")
    assert len(set(COLUMNS)) == len(COLUMNS)
    assert {"actor.id", "subject.account_name", "client.agent", "redactions", "v"} <= set(COLUMNS)
    found = row(a_line())
    assert (found["actor.id"], found["subject.id"], found["status"]) == (
        "ada",
        "jonas.weber",
        "200",
    )
    assert json.loads(found["redactions"])[0]["count"] == 2
    assert found["complete"] == "true"


@pytest.mark.parametrize("line", LINES, ids=lambda line: fields(line)["kind"])
def test_no_field_is_left_out(line: bytes) -> None:
    found = row(line)
    for name, value in flat(fields(line)).items():
        text = value if isinstance(value, str) else json.dumps(value)
        assert found[name] == text if name in found else text in found["more"]


def test_what_a_newer_gateway_wrote_stands_in_the_last_column() -> None:
    more = row(of_a_newer_gateway())["more"]
    assert json.loads(more) == {"changed.role": ["a", "b"], "weight": 7}


@given(wild_lines())
def test_whatever_strangers_wrote_it_is_read_back_and_no_cell_is_a_formula(line: bytes) -> None:
    found = row(line)
    for name, value in flat(fields(line)).items():
        if isinstance(value, str):
            assert found[name] in (value, f"'{value}")
    for cell in found.values():
        assert cell.lstrip(" \u3000\t\r\n")[:1] not in tuple("=+-@＝＋－＠")


@pytest.mark.parametrize("said", ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1", " =1", "＝1"])
def test_a_formula_gets_an_apostrophe(said: str) -> None:
    assert row(a_line(why=said))["why"] == f"'{said}"
