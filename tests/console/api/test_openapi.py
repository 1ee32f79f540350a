"""The description of the API: valid, current, and there for everybody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from gateway.console.api import own_consent
from gateway.console.api.endpoint import Endpoint
from gateway.console.api.examples import ANSWERS, BODIES, REFUSED
from gateway.console.api.openapi import encoded
from gateway.console.api.table import ENDPOINTS
from tests.console.visitor import Visitor

WRITTEN = Path(__file__).parents[3] / "docs/openapi.json"
METHODS = {"get", "post", "put", "delete"}


def described(prefix: str = "/_gateway/") -> dict[str, Any]:
    """The document as its readers have it."""
    said: dict[str, Any] = json.loads(encoded(prefix))
    return said


def test_it_is_openapi_3_1() -> None:
    validate(described(), cls=OpenAPIV31SpecValidator)


def test_the_one_in_the_docs_is_that_of_this_program() -> None:
    assert WRITTEN.read_bytes() == encoded("/_gateway/"), "run `make docs`"


def test_it_has_every_endpoint_of_the_tables_and_no_other() -> None:
    rows: list[Endpoint[Any]] = [*ENDPOINTS, *own_consent.ENDPOINTS]
    told = {
        (method.upper(), path[1:]): said
        for path, operations in described()["paths"].items()
        for method, said in operations.items()
        if method in METHODS
    }
    assert set(told) == {(each.method, each.path) for each in rows}
    assert len({said["operationId"] for said in told.values()}) == len(rows)
    assert {*BODIES, *ANSWERS, *REFUSED} <= set(told)


def test_answers_have_all_their_fields() -> None:
    schemas = described()["components"]["schemas"]
    assert set(schemas["LiveSession"]["required"]) == set(schemas["LiveSession"]["properties"])
    assert set(schemas["Actor"]["required"]) == {"id", "name", "email", "profile"}
    assert schemas["StartBody"]["required"] == ["site", "mode", "reason"]
    assert schemas["StartBody"]["additionalProperties"] is False


def test_another_prefix_is_another_server() -> None:
    said = described("/acting/")
    assert [each["url"] for each in said["servers"]] == ["/acting/api"]
    assert [each["url"] for each in said["paths"]["/consent"]["servers"]] == [
        "https://{app}/acting/api"
    ]


async def test_anybody_may_read_it(visitor: Visitor) -> None:
    answer = await visitor.get("/_gateway/api/openapi.json")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    assert json.loads(answer.text) == described()


async def test_another_method_is_told_what_is_allowed(program: Visitor) -> None:
    answer = await program.send("PATCH", "/_gateway/api/sessions")
    assert (answer.status, answer.json["code"]) == (405, "method")
    assert answer.headers["Allow"] == "GET, HEAD, POST"
