"""The OpenAPI 3.1 document of the JSON API, made from the tables of its endpoints.

Schemas are what msgspec reads and writes (JSON Schema 2020-12), so that the document says what the
code does. `python -m gateway.console.api.openapi docs/openapi.json` writes it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from http import HTTPStatus
from importlib.metadata import version
from inspect import cleandoc
from pathlib import Path
from typing import Any

import msgspec

from gateway.console.api import examples, own_consent
from gateway.console.api.endpoint import Endpoint
from gateway.console.api.problem import Problem, codes_of
from gateway.console.api.table import ENDPOINTS
from gateway.console.cookies import OPERATOR_COOKIE
from gateway.console.desk import TOKEN_HEADER
from gateway.console.routing import PIECE

Said = dict[str, Any]

_REFERENCE = "#/components/schemas/{name}"
_TAGS = {
    "directory": "Sites, and the accounts and users that one may look for.",
    "sessions": "Start, see, raise, extend and end sessions.",
    "history": "Sessions on record, and what happened in them.",
    "exports": "Records in files.",
    "system": "How the gateway is.",
    "policies": "What policies say. Nothing of it lets anybody in.",
    "approvals": "Second persons: approvals, and reviews of sessions that broke the glass.",
    "consents": "Ask users to allow acting.",
    "accounts": "What accounts allow.",
    "people": "The people who may sign in.",
    "own consent": "For users themselves, on the app's own hosts.",
}
_SECURITY: Said = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token of `sign_in.jwt`. Where `sign_in.jwt.header` names another header, "
        "the bare token goes there.",
    },
    "console": {
        "type": "apiKey",
        "in": "cookie",
        "name": OPERATOR_COOKIE,
        "description": "Who signed in to the console, for scripts of its own pages.",
    },
    "page": {
        "type": "apiKey",
        "in": "header",
        "name": TOKEN_HEADER,
        "description": "The token of the page that asks for a change, beside the cookie.",
    },
}
_ABOUT = (
    "A program finds a user, starts a session for them, enters it by a POST to `enter_url`, and "
    "ends it. Times are RFC 3339 in UTC. Errors are problem details with a stable `code`; "
    "`x-problem-codes` lists those of each answer."
)


def document(prefix: str) -> Said:
    """Describe the API of a gateway with this prefix, such as `/_gateway/`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Impersonation gateway",
            "version": version("impersonation-gateway"),
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": f"{prefix}api", "description": "On the console's host"}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": _paths(prefix),
        "components": {"schemas": _schemas(), "securitySchemes": _SECURITY},
    }


@lru_cache(maxsize=1)
def encoded(prefix: str) -> bytes:
    """Give the document as JSON text that people can read; the first time takes 50 ms."""
    return msgspec.json.format(msgspec.json.encode(document(prefix)), indent=1) + b"\n"


def _paths(prefix: str) -> Said:
    paths: Said = {}
    for endpoint in ENDPOINTS:
        security: list[Said] = [{"token": []}, {"console": []} | _of_page(endpoint.method)]
        said = _operation(endpoint, for_operators=True) | {"security": security}
        paths.setdefault(f"/{endpoint.path}", {})[endpoint.method.lower()] = said
    for own in own_consent.ENDPOINTS:
        known = _of_page(own.method)
        said = _operation(own, for_operators=False) | {"security": [known] if known else []}
        servers = {
            "url": f"https://{{app}}{prefix}api",
            "description": "On the app's own hosts; the app knows its user as it always does",
            "variables": {"app": {"default": "crm.example.com", "description": "A host of a site"}},
        }
        path = paths.setdefault(f"/{own.path}", {"servers": [servers]})
        path[own.method.lower()] = said
    return paths


def _of_page(method: str) -> Said:
    return {} if method == "GET" else {"page": []}


def _operation(endpoint: Endpoint[Any], *, for_operators: bool) -> Said:
    key = endpoint.method, endpoint.path
    place = endpoint.view.__module__.rpartition(".")[2]
    said: Said = {
        "operationId": f"{place}_{endpoint.view.__name__}",
        "summary": endpoint.summary,
        "description": cleandoc(endpoint.view.__doc__),
        "tags": [endpoint.tag],
        "parameters": [*_pieces(endpoint.path), *_fields(endpoint.query)],
        "responses": {str(endpoint.status): _answer(endpoint)},
    }
    if endpoint.body is not None:
        example = {"example": examples.BODIES[key]} if key in examples.BODIES else {}
        schema = _of(endpoint.body) | dict(endpoint.rules)
        content = {"application/json": {"schema": schema} | example}
        said["requestBody"] = {"required": True, "content": content}
    refused = examples.REFUSED.get(key, {})
    for status, codes in codes_of(endpoint, for_operators=for_operators).items():
        example = {"example": refused[status]} if status in refused else {}
        said["responses"][str(status)] = {
            "description": f"{HTTPStatus(status).phrase}: {', '.join(f'`{one}`' for one in codes)}",
            "content": {"application/problem+json": {"schema": _of(Problem)} | example},
            "x-problem-codes": codes,
        }
    return said


def _answer(endpoint: Endpoint[Any]) -> Said:
    said: Said = {"description": HTTPStatus(endpoint.status).phrase}
    shapes = _answers(endpoint)
    if shapes:
        schema = _of(shapes[0]) if len(shapes) == 1 else {"anyOf": [_of(each) for each in shapes]}
        key = endpoint.method, endpoint.path
        example = {"example": examples.ANSWERS[key]} if key in examples.ANSWERS else {}
        said["content"] = {"application/json": {"schema": schema} | example}
    if endpoint.location:
        where = {"description": "What was made", "required": True, "schema": {"type": "string"}}
        said["headers"] = {"Location": where}
    return said


def _pieces(path: str) -> Iterator[Said]:
    """The parameters that are pieces of the path."""
    for name in re.findall(r"{(\w+)}", path):
        schema = {"type": "string", "pattern": f"^{PIECE}$"}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _fields(query: type[msgspec.Struct] | None) -> Iterator[Said]:
    """The parameters that are fields of the query."""
    if query is None:
        return
    _, components = msgspec.json.schema_components([query], ref_template=_REFERENCE)
    said = components[query.__name__]
    for name, schema in said["properties"].items():
        required = name in said.get("required", ())
        yield {"name": name, "in": "query", "required": required, "schema": schema}


def _schemas() -> Said:
    """Every shape by its name. An answer has all its fields, whatever their defaults are."""
    rows: list[Endpoint[Any]] = [*ENDPOINTS, *own_consent.ENDPOINTS]
    read = _components(each for row in rows for each in (row.body, row.query) if each)
    for query in {row.query for row in rows if row.query}:
        del read[query.__name__]
    given = _components(shape for row in rows for shape in _answers(row))
    for name, schema in given.items():
        if name not in read and "properties" in schema:
            fields = {each: _without_default(said) for each, said in schema["properties"].items()}
            given[name] = schema | {"properties": fields, "required": list(fields)}
    found = _components([Problem]) | given | read
    return {name: _tidy(found[name]) for name in sorted(found)}


def _components(shapes: Iterable[type[msgspec.Struct]]) -> Said:
    _, found = msgspec.json.schema_components(shapes, ref_template=_REFERENCE)
    return found


def _tidy(said: Any) -> Any:
    """Write whole numbers as such, and docstrings without their indentation."""
    if isinstance(said, list):
        return [_tidy(each) for each in said]
    if not isinstance(said, dict):
        return said
    if said.get("type") == "number" and said.get("multipleOf") == 1:
        rest = {name: each for name, each in said.items() if name != "multipleOf"}
        return rest | {"type": "integer"}
    if isinstance(said.get("description"), str):
        said = said | {"description": cleandoc(said["description"])}
    return {name: _tidy(each) for name, each in said.items()}


def _without_default(schema: Mapping[str, Any]) -> Said:
    return {name: value for name, value in schema.items() if name != "default"}


def _answers(endpoint: Endpoint[Any]) -> tuple[type[msgspec.Struct], ...]:
    if endpoint.answer is None:
        return ()
    return endpoint.answer if isinstance(endpoint.answer, tuple) else (endpoint.answer,)


def _of(shape: type[msgspec.Struct]) -> Said:
    return {"$ref": _REFERENCE.format(name=shape.__name__)}


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(encoded("/_gateway/"))
