"""GraphQL at a running gateway (threat rows 27 and 29): what the app sees and the record says."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from tests.e2e.harness import Running, running, site
from tests.e2e.recorder_app import RecorderApp, http

JSON = {"Content-Type": "application/json"}
QUERY = "query Contact { contact { id } }"
CHANGE = "mutation Set { set }"
BOTH = f"{QUERY} {CHANGE}"
UPLOAD = {"Content-Type": "multipart/form-data; boundary=B"}


class Case(NamedTuple):
    """One request: where it goes, with which headers and body."""

    target: str
    headers: dict[str, str]
    body: bytes | None
    method: str = "POST"


def posted(body: Any, **headers: str) -> Case:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Case("/graphql", JSON | {n.replace("_", "-"): v for n, v in headers.items()}, text)


def got(query: str) -> Case:
    return Case(f"/graphql?{query}", {}, None, "GET")


def uploaded(
    query: str, places: str = '{"0": ["variables.f"]}', file: str = '0"; filename="a.txt'
) -> Case:
    parts = (
        ("operations", json.dumps({"query": query, "variables": {"f": None}})),
        ("map", places),
        (file, CHANGE),
    )
    text = "".join(
        f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{content}\r\n'
        for name, content in parts
    )
    return Case("/graphql", UPLOAD, f"{text}--B--\r\n".encode())


def persisted(digest: str, **more: str) -> Case:
    return posted({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}} | more)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


CHANGES = (
    posted({"query": CHANGE}),
    posted({"query": "subscription S { told }"}),
    posted({"query": BOTH, "operationName": "Set"}),
    posted([{"query": QUERY}, {"query": CHANGE}]),
    posted({"id": "set"}),
    persisted(digest(CHANGE), query=CHANGE),
    uploaded(CHANGE),
    Case("/graphql", {"Content-Type": "application/graphql"}, CHANGE.encode()),
    Case(
        "/graphql",
        {"Content-Type": "application/x-www-form-urlencoded"},
        f"query={quote(CHANGE)}".encode(),
    ),
    got(f"query={quote(CHANGE)}"),
)
UNREADABLE = (
    posted(f'{{"query": "{QUERY}", "query": "{CHANGE}"}}'.encode()),
    posted({"query": QUERY, "Query": CHANGE}),
    posted({"query": QUERY, "doc_id": "1"}),
    posted({"query": BOTH}),
    posted({"query": BOTH, "operationName": "Other"}),
    posted({"query": "{ contact "}),
    posted({"query": CHANGE + " # \r" + QUERY}),
    posted(json.dumps({"query": QUERY}).encode("utf-16")),
    posted(gzip.compress(json.dumps({"query": QUERY}).encode()), Content_Encoding="gzip"),
    posted({"query": QUERY}, Content_Type="application/json; charset=utf-7"),
    posted({"query": QUERY}, Content_Type="text/plain"),
    posted({"query": QUERY})._replace(target=f"/graphql?query={quote(CHANGE)}"),
    persisted(digest(QUERY), query=CHANGE),
    uploaded(QUERY, '{"0": ["query"]}'),
    uploaded(QUERY, '{"query": ["variables.f"]}', "query"),
    got(f"query={quote(QUERY)}&query={quote(CHANGE)}"),
    got(f"Query={quote(CHANGE)}"),
)
READS = (
    posted({"query": QUERY, "operationName": "Contact", "variables": {"x": "mutation"}}),
    posted({"query": BOTH, "operationName": "Contact"}),
    posted([{"query": QUERY}, {"query": "{ __typename }"}]),
    posted({"documentId": "contact"}),
    persisted(digest(QUERY), query=QUERY),
    uploaded(QUERY),
    got(f"query={quote(BOTH)}&operationName=Contact"),
)


@pytest.fixture
async def gw(app: RecorderApp, tmp_path: Path, store_url: str) -> AsyncIterator[Running]:
    listed = {"contact": QUERY, "set": CHANGE, "aliased": "{ contact { n: ssn } }"}
    documents = tmp_path / "documents.json"
    documents.write_text(json.dumps(listed))
    said = site(
        app.port,
        graphql=[{"path": "/graphql", "persisted": str(documents)}],
        rules=[
            {"id": "posts", "allow": ["POST"], "path": "/graphql"},
            {"id": "closed", "block": ["POST"], "path": "/graphql/admin"},
        ],
        categories={"ids": "IDs", "notes": "Notes"},
        redaction=[
            {"id": "ssn", "category": "ids", "fields": ["ssn"], "paths": ["/graphql"]},
            {"id": "notes", "category": "notes", "json": ["$..notes"], "html": [".notes"]},
        ],
    )
    app.reply = http(b'{"data":{}}', type_="application/json")
    async with running(tmp_path, store_url, said) as gateway:
        yield gateway


async def refusals(gw: Running, headers: dict[str, str], cases: tuple[Case, ...]) -> list[str]:
    """The codes by which these requests are refused, as a GraphQL client is told."""
    codes = []
    for target, more, body, method in cases:
        answer = await gw.request(method, target, headers | more, data=body)
        assert (answer.status, answer.content_type) == (403, "application/json"), (target, body)
        (first, *_) = (await answer.json())["errors"]
        codes.append(first["extensions"]["code"])
    return codes


@pytest.mark.threat(27)
async def test_row_27_nothing_but_queries_reaches_the_app_in_a_look_only_session(
    gw: Running, app: RecorderApp
) -> None:
    entered = await gw.enter()
    codes = await refusals(gw, entered.headers, CHANGES)
    assert codes == ["graphql_changes"] * len(CHANGES)
    codes = await refusals(gw, entered.headers, UNREADABLE)
    assert codes == ["graphql_unreadable"] * len(UNREADABLE)
    named = (persisted("0" * 64), posted({"id": "other"}), got("documentId=other"))
    assert await refusals(gw, entered.headers, named) == ["graphql_not_listed"] * 3
    schema = (posted({"query": "{ ...F } fragment F on Query { __schema { types { name } } }"}),)
    assert await refusals(gw, entered.headers, schema) == ["graphql_introspection"]
    assert app.seen == []

    refused = [each for each in await gw.records() if each["kind"] == "request.refused"]
    assert len(refused) == len(CHANGES) + len(UNREADABLE) + 4
    assert {each["actor"]["id"] for each in refused} == {"ada"}
    assert {each["rule"] for each in refused} == {
        "read_only.graphql_queries",
        "graphql.get_queries",
        "graphql.readable",
        "graphql.persisted",
        "graphql.introspection",
    }
    assert "'mutation Set' was not sent" in refused[0]["detail"]


@pytest.mark.threat(26)
@pytest.mark.threat(27)
async def test_row_27_queries_run_byte_for_byte_and_the_record_says_which(
    gw: Running, app: RecorderApp
) -> None:
    entered = await gw.enter()
    for target, more, body, method in READS:
        answer = await gw.request(method, target, entered.headers | more, data=body)
        assert answer.status == 200, (target, body)
        assert app.seen[-1].target == target
        assert app.seen[-1].body == (body or b"")
    page = await gw.get("/graphql", entered.headers | {"Accept": "text/css"})
    assert page.status == 200
    intents = [each for each in await gw.records() if each["kind"] == "request.intent"]
    ran = ["query Contact", "query Contact", "query Contact, query", *["query Contact"] * 4]
    assert [each.get("detail", "") for each in intents] == [*ran, ""]
    assert {each["rule"] for each in intents} == {"posts", "read_only.safe_methods"}


@pytest.mark.threat(27)
async def test_row_27_a_session_that_may_change_things_sends_mutations_by_post_alone(
    gw: Running, app: RecorderApp
) -> None:
    entered = await gw.enter(mode="read_write")
    for target, more, body, method in CHANGES[:-1]:
        answer = await gw.request(method, target, entered.headers | more, data=body)
        assert answer.status == 200, body
    by_get = (CHANGES[-1], got("query=subscription{a}"))
    assert await refusals(gw, entered.headers, by_get) == ["graphql_changes"] * 2
    codes = await refusals(gw, entered.headers, UNREADABLE)
    assert codes == ["graphql_unreadable"] * len(UNREADABLE)
    assert len(app.seen) == len(CHANGES) - 1
    intents = [each for each in await gw.records() if each["kind"] == "request.intent"]
    assert intents[3]["detail"] == "query Contact, mutation Set"


async def test_block_rules_and_other_paths_stand_as_before(gw: Running, app: RecorderApp) -> None:
    entered = await gw.enter()
    for path, code in (("/graphql/admin", "blocked_by_rule"), ("/GraphQL", "read_only")):
        case = posted({"query": QUERY})._replace(target=path)
        answer = await gw.request(case.method, path, entered.headers | case.headers, data=case.body)
        told = await answer.json()
        assert answer.status == 403
        assert (told["code"] if "code" in told else told["errors"][0]["extensions"]["code"]) == code
    assert app.seen == []


async def test_each_client_is_refused_in_words_that_it_shows(gw: Running) -> None:
    entered = await gw.enter()
    change = posted({"query": CHANGE})
    modern = {"Accept": "application/graphql-response+json, application/json;q=0.9"}
    answer = await gw.request("POST", "/graphql", entered.headers | JSON | modern, data=change.body)
    assert (answer.status, answer.content_type) == (403, "application/graphql-response+json")
    (error,) = json.loads(await answer.read())["errors"]
    assert "In look-only mode only queries run" in error["message"]
    assert error["extensions"]["record"]

    unlisted = persisted("0" * 64)
    answer = await gw.request("POST", "/graphql", entered.headers | JSON, data=unlisted.body)
    assert "PersistedQueryNotFound" in [each["message"] for each in (await answer.json())["errors"]]

    person = {"Sec-Fetch-Mode": "navigate", "Accept": "text/html"}
    page = await gw.get("/graphql?query=mutation{a}", entered.headers | person)
    assert (page.status, page.content_type) == (403, "text/html")


@pytest.mark.threat(29)
async def test_row_29_a_hidden_field_is_hidden_under_every_name_that_a_request_gives_it(
    gw: Running, app: RecorderApp
) -> None:
    entered = await gw.enter(mode="read_write")
    inside = "{ contact { ...F } } fragment F on Contact { a: id ... @include(if: 1) { n: ssn } }"
    for case in (
        posted({"query": "{ contact { a: id n: ssn } }"}),
        posted({"query": inside}),
        posted([{"query": QUERY}, {"query": inside}]),
        posted({"query": f"query A {{ a }} query B {inside}", "operationName": "B"}),
        posted({"id": "aliased"}),
        uploaded(inside),
        got(f"query={quote(inside)}"),
        posted({"query": inside})._replace(method="PATCH"),
    ):
        for type_ in ("application/json", "application/graphql-response+json; charset=utf-8"):
            app.reply = http(b'{"data":{"contact":{"a":1,"n":"CANARY"}}}', type_=type_)
            answer = await gw.request(
                case.method, case.target, entered.headers | case.headers, data=case.body
            )
            assert json.loads(await answer.read()) == {"data": {"contact": {"a": 1}}}, case
    app.reply = http(b'{"data":{"n":1}}', type_="application/json")
    plain = posted({"query": "{ n: name }"})
    answer = await gw.request("POST", "/graphql", entered.headers | JSON, data=plain.body)
    assert await answer.json() == {"data": {"n": 1}}


async def test_statuses_and_types_of_graphql_over_http_come_through(
    gw: Running, app: RecorderApp
) -> None:
    entered = await gw.enter()
    body = b'{"errors":[{"message":"no"}]}'
    for status, type_ in (
        ("200 OK", "application/json"),
        ("400 Bad Request", "application/graphql-response+json"),
        ("422 Unprocessable Content", "application/graphql-response+json; charset=utf-8"),
        ("500 Internal Server Error", "application/json; charset=utf-8"),
    ):
        app.reply = http(body, status=status, type_=type_)
        sent = posted({"query": QUERY}, Accept="application/graphql-response+json")
        answer = await gw.request(
            "POST", "/graphql", entered.headers | sent.headers, data=sent.body
        )
        assert (answer.status, answer.headers["Content-Type"]) == (int(status[:3]), type_)
        assert await answer.read() == body
    assert app.seen[-1].all("Accept") == [b"application/graphql-response+json"]


@pytest.mark.threat(29)
@pytest.mark.threat(36)
async def test_row_29_an_alias_is_hidden_in_what_comes_later_too(
    gw: Running, app: RecorderApp
) -> None:
    """Parts of `@defer` and `@stream` (GraphQL incremental delivery), and GraphQL over events."""
    entered = await gw.enter(mode="read_write")
    asked = posted({"query": "{ contact { a: id ... @defer { n: ssn } } }"})
    first = b'{"data":{"contact":{"a":1}},"hasNext":true}'
    later = b'{"incremental":[{"path":["contact"],"data":{"n":"CANARY"}}],"hasNext":false}'
    part = b"\r\n--graphql\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
    for type_, body in (
        (
            'multipart/mixed; boundary="graphql"',
            part + part.join((first, later)) + b"\r\n--graphql--",
        ),
        (
            "text/event-stream",
            b"".join(b"event: next\ndata: %b\n\n" % each for each in (first, later)),
        ),
        ("application/x-ndjson", first + b"\n" + later + b"\n"),
    ):
        app.reply = http(body, type_=type_)
        answer = await gw.request(
            "POST", "/graphql", entered.headers | asked.headers, data=asked.body
        )
        shown = await answer.read()
        assert answer.status == 200, shown
        assert b"CANARY" not in shown
        assert b'"a":1' in shown
        assert b'"hasNext":false' in shown
