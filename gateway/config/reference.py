"""The config for readers: its JSON Schema, and a page with every key. Both come from the models."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, get_args

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from gateway.config.models import Config
from gateway.described import texts_below
from gateway.policy.block_lists import BlockList, routes_of

Schema = dict[str, Any]

MARK = "<!-- From here on: made from the models by `make docs`. -->\n"

_ABOUT_LISTS = (
    "What `block` of a site may name: the part of each rule before the dot. A path is blocked in",
    "every spelling, also with an ending such as `.json`, but for those of a page's files.",
)


class _OurWords(GenerateJsonSchema):
    """Describes fields by the text below them, and keeps the titles that our types give themselves.

    The texts are read here and not when the models are made, which each start would wait for.
    """

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> Schema:
        made = super().model_schema(schema)
        kind = schema["cls"]
        for name, text in texts_below(kind).items():
            field = kind.model_fields[name]
            made["properties"][field.alias or name].setdefault("description", text)
        return made


def schema() -> Schema:
    """The JSON Schema (2020-12) of `gateway.yaml`, for editors."""
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        **Config.model_json_schema(schema_generator=_OurWords),
        "title": "gateway.yaml of the impersonation gateway",
    }


def reference() -> str:
    """A Markdown section for every mapping of the file, each with a table of its keys."""
    whole = schema()
    return "\n".join((*_section("gateway.yaml", whole, whole["$defs"]), *_block_lists()))


def refreshed(page: str) -> str:
    """A page with the reference as it is now below `MARK`."""
    return f"{page.partition(MARK)[0]}{MARK}\n{reference()}"


def _section(title: str, model: Schema, models: Schema) -> Iterator[str]:
    yield from (f"## `{title}`", "", _text(model, models), "")
    keys = model.get("properties", {})
    if keys:
        yield from ("| key | value | default | meaning |", "|---|---|---|---|")
    below = []
    for key, said in keys.items():
        default = "required" if key in model.get("required", ()) else _default(said)
        yield f"| `{key}` | {_kind(said)} | {default} | {_text(said, models)} |"
        place = key if "$schema" in model else f"{title}.{key}"
        below += [(place + mark, models[name]) for name, mark in _models(said)]
    if keys:
        yield ""
    for place, one in below:
        yield from _section(place, one, models)


def _block_lists() -> Iterator[str]:
    """A table of what each ready list blocks."""
    yield from ("## Ready block lists", "", *_ABOUT_LISTS, "", "| rule | paths |", "|---|---|")
    for name in get_args(BlockList):
        for rule, routes in groupby(routes_of(name), key=lambda route: route.rule):
            places = (f"{'changes at ' if route.methods else ''}`{route.path}`" for route in routes)
            yield f"| `{rule}` | {', '.join(places)} |"
    yield ""


def _text(said: Schema, models: Schema) -> str:
    if "description" not in said and "$ref" in said:
        said = models[_name(said)]
    return " ".join(said.get("description", "").split())


def _name(said: Schema) -> str:
    return str(said["$ref"]).rpartition("/")[2]


def _default(said: Schema) -> str:
    default = said.get("default")
    if default in (None, "", [], {}) or isinstance(default, dict):
        return ""
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _kind(said: Schema) -> str:
    """Say in words what may stand there."""
    if "anyOf" in said:
        return " or ".join(_kind(one) for one in said["anyOf"] if one.get("type") != "null")
    if "enum" in said or "const" in said:
        return " or ".join(f"`{one}`" for one in said.get("enum", [said.get("const")]))
    if said.get("type") == "array":
        return f"list of: {_kind(said['items'])}"
    if "$ref" in said or said.get("type") == "object":
        return "mapping"
    words = {
        "string": "text",
        "integer": "whole number",
        "number": "number",
        "boolean": "true, false",
    }
    return said.get("title") or words[said["type"]]


def _models(said: Schema, mark: str = "") -> Iterator[tuple[str, str]]:
    """The models below a key, and how their places are written: `[]` in lists, `.*` by name."""
    if "$ref" in said:
        yield _name(said), mark
    for one in said.get("anyOf", ()):
        yield from _models(one, mark)
    if "items" in said:
        yield from _models(said["items"], mark + "[]")
    for one in said.get("patternProperties", {}).values():
        yield from _models(one, mark + ".*")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        page = Path(name)
        page.write_text(refreshed(page.read_text()))
