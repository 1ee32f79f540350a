"""What the page for security says of exports is what is exported."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from gateway.audit.formats import format_of
from gateway.audit.record import Kind
from tests.audit.formats.samples import LINES, a_line, fields

PAGE = Path(__file__).parents[3] / "docs/security.md"


def column(number: int) -> set[str]:
    """The names in a column of the table of fields."""
    table = PAGE.read_text().partition("| field | OCSF | CEF | ECS |")[2].partition("\n\n")[0]
    cells = [row.split("|")[number] for row in table.splitlines()[2:]]
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def paths(value: Any, path: str = "") -> set[str]:
    if not isinstance(value, dict):
        return {path}
    inner = {
        each for name, one in value.items() for each in paths(one, f"{path}.{name}".strip("."))
    }
    return inner | {path}


def known(name: str) -> set[str]:
    lines = [
        *LINES,
        a_line(Kind.SESSION_STARTED, ticket="7"),
        a_line(bytes_in=3, rule="r", detail="d"),
    ]
    texts = [format_of(name).write(line, fields(line)).decode() for line in lines]
    if name == "cef":
        return {key for text in texts for key in re.findall(r"(\w+)=", text)} | {"gateway"}
    return {path for text in texts for path in paths(json.loads(text))}


@pytest.mark.parametrize(("name", "number"), [("ocsf", 2), ("cef", 3), ("ecs", 4)])
def test_every_name_in_the_table_is_one_that_is_exported(name: str, number: int) -> None:
    said = column(number)
    assert len(said) > 10
    inside = {"body_length", "latency"} if name == "ocsf" else set()
    assert said - inside - known(name) == set()
