from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.config.reference import reference, schema


def parts(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from parts(each)


def test_the_schema_refuses_unknown_keys_everywhere() -> None:
    models = [part for part in parts(schema()) if "properties" in part]
    assert len(models) > 10
    assert all(model["additionalProperties"] is False for model in models)


def test_the_schema_speaks_as_the_file_does() -> None:
    said = schema()
    assert said["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    models = said["$defs"]
    assert models["Sessions"]["properties"]["idle"]["default"] == "10m"
    assert set(models["RedactionRule"]["properties"]) >= {"json", "html"}


def test_every_key_has_a_meaning() -> None:
    rows = [line for line in reference().splitlines() if line.startswith("| `")]
    assert len(rows) > 60
    assert [row for row in rows if row.endswith("|  |")] == []
