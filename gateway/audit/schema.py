"""The record as JSON Schema, and the tables of the page for security. Both come from `Record`.

Within version 1, kinds and fields may be added, and none changes its meaning: a consumer passes
over what it does not know. So the schema lets other fields be.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from gateway.audit.record import Kind, Record
from gateway.described import texts_below

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_VERSION = "the version of this format: 1"


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a record: of one line of the stream."""
    _, models = msgspec.json.schema_components([Record], ref_template="#/$defs/{name}")
    record = models.pop("Record")
    texts = {**texts_below(Record), "v": _VERSION}
    for name, said in record["properties"].items():
        said["description"] = " ".join(texts[name].split())
    models["Kind"]["oneOf"] = [
        {"const": kind.value, "description": texts_below(Kind)[kind.name]} for kind in Kind
    ]
    return {
        "$schema": DIALECT,
        **record,
        "title": "A record of the impersonation gateway's audit stream",
        "description": "One entry. Empty fields are left out.",
        "$defs": models,
    }


def refreshed(page: str) -> str:
    """The page with its tables of kinds and fields as they are now."""
    kinds = ((kind.value, texts_below(Kind)[kind.name]) for kind in Kind)
    fields = {"v": _VERSION, **texts_below(Record)}
    page = _with(page, "kinds", "| kind | when |", kinds)
    return _with(page, "fields", "| field | what |", fields.items())


def _with(page: str, name: str, head: str, rows: Iterable[tuple[str, str]]) -> str:
    lines = [head, "|---|---|", *(f"| `{key}` | {' '.join(text.split())} |" for key, text in rows)]
    table = "\n".join(lines)
    place = re.compile(rf"(<!-- {name}: made by `make docs` -->\n).*?(\n<!-- end -->)", re.DOTALL)
    fresh, places = place.subn(lambda at: at[1] + table + at[2], page)
    if places != 1:
        raise ValueError(f"the page has no place for the {name}")
    return fresh


if __name__ == "__main__":
    for said in sys.argv[1:]:
        path = Path(said)
        path.write_text(refreshed(path.read_text()))
