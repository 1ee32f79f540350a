"""What a GraphQL request over HTTP asks for; where servers could differ, it asks for nothing."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.graphql_request import Call, read_post, read_url

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
HASH = "0" * 64
PERSISTED = {"persistedQuery": {"version": 1, "sha256Hash": HASH}}


def posted(members: Any, target: str = "/graphql", kind: str = JSON) -> tuple[Call, ...]:
    return read_post(target, kind, json.dumps(members).encode())


def test_a_post_of_json_is_one_call_or_a_batch() -> None:
    said = {"query": "{a}", "operationName": "A", "variables": {"x": 1}, "extensions": {"y": {}}}
    one = Call(document="{a}", operation="A")
    assert posted(said) == (one,)
    assert posted([said, {"query": "{b}", "variables": None, "operationName": None}]) == (
        one,
        Call(document="{b}"),
    )
    assert posted(said, "/graphql?op=A&locale=de", "Application/JSON; charset=UTF-8") == (one,)


def test_other_types_say_the_same() -> None:
    asked = (Call(document="{ a(b: 1) }", operation="A"),)
    form = urlencode({"query": "{ a(b: 1) }", "operationName": "A", "variables": ""})
    assert read_post("/graphql", FORM, form.encode()) == asked
    assert read_url(f"/graphql?{form}&theme=dark") == asked
    assert read_post("/g", "application/graphql; charset=utf-8", b"{a}") == (Call(document="{a}"),)


def test_a_document_can_be_named() -> None:
    assert posted({"id": "x"}) == posted({"documentId": "x"}) == (Call(listed="x"),)
    assert posted({"extensions": PERSISTED}) == (Call(digest=HASH),)
    assert posted({"query": "{a}", "extensions": PERSISTED}) == (Call(document="{a}", digest=HASH),)
    assert read_url(f"/g?{urlencode({'extensions': json.dumps(PERSISTED)})}") == (
        Call(digest=HASH),
    )


@pytest.mark.parametrize("target", ["/graphql", "/graphql?", "/graphql?theme=dark&x=%7B"])
def test_a_get_of_a_page_asks_for_nothing(target: str) -> None:
    assert read_url(target) == ()


@pytest.mark.threat(27)
@pytest.mark.parametrize(
    "body",
    [
        '{"query": "{a}", "query": "mutation {b}"}',
        '{"query": "{a}", "\\u0071uery": "mutation {b}"}',
        '{"query": "{a}", "Query": "mutation {b}"}',
        '{"query": "{a}", "doc_id": "1"}',
        '{"query": "{a}", "_method": "PUT"}',
        '{"query": "{a}", "id": "x"}',
        '{"id": "x", "documentId": "y"}',
        '{"query": ["{a}"]}',
        '{"query": null}',
        '{"query": {"toString": "{a}"}}',
        '{"query": "{a}", "operationName": 1}',
        '{"query": "{a}", "variables": "{}"}',
        '{"query": "{a}", "variables": {"x": 1, "x": 2}}',
        '{"query": "{a}", "extensions": {"persistedQuery": {"sha256Hash": "A"}}}',
        '{"extensions": {"persistedQuery": {"sha256Hash": 1}}}',
        json.dumps({"extensions": {"persistedQuery": {"sha256Hash": HASH, "query": "{b}"}}}),
        json.dumps({"extensions": {"persisted_query": {"sha256Hash": HASH}}}),
        '{"extensions": {"persistedQuery": {}, "PersistedQuery": {}}}',
        '{"extensions": {"persistedQuery": "x"}}',
        '{"id": ""}',
        "{}",
        "[]",
        "[[]]",
        '"{a}"',
        '[{"query": "{a}"}, "mutation {b}"]',
        json.dumps([{"query": "{a}"}] * 11),
        "",
    ],
)
def test_row_27_json_in_doubt_asks_for_nothing(body: str) -> None:
    with pytest.raises(ValueError, match=r"^(it|its) "):
        read_post("/graphql", JSON, body.encode())


@pytest.mark.threat(27)
@pytest.mark.parametrize(
    "kind",
    [
        "",
        "text/plain",
        "application/json, application/graphql",
        "application/json; charset=utf-16",
        "application/json; charset=utf-8; charset=utf-7",
        "application/json; charset",
        "application/json\x00",
    ],
)
def test_row_27_a_type_in_doubt_asks_for_nothing(kind: str) -> None:
    with pytest.raises(ValueError, match=r"[tT]ype"):
        read_post("/graphql", kind, b'{"query": "{a}"}')


@pytest.mark.threat(27)
@pytest.mark.parametrize(
    "body", ['{"query": "{é}"}'.encode("latin-1"), '{"query":1}'.encode("utf-16")]
)
def test_row_27_another_charset_asks_for_nothing(body: bytes) -> None:
    with pytest.raises(ValueError, match="UTF-8"):
        read_post("/graphql", JSON, body)


@pytest.mark.threat(27)
@pytest.mark.parametrize(
    "query",
    [
        "query={a}&query=mutation+{b}",
        "query={a}&%71uery=mutation+{b}",
        "query={a}&Query=mutation+{b}",
        "query[]=mutation+{b}",
        "query[x]=mutation+{b}",
        "query%00=mutation+{b}",
        "+query=mutation+{b}",
        "query={a}&doc_id=1",
        "query={a}&queryId=1",
        "a=1;query=mutation+{b}",
        "query=%7Ba%7",
        "query=%ff",
        "variables={}",
        "query={a}&variables={",
        "query={a}&variables=[]",
        "extensions=x",
    ],
)
def test_row_27_parameters_in_doubt_ask_for_nothing(query: str) -> None:
    with pytest.raises(ValueError, match=r"^(it|its|a semicolon) "):
        read_url(f"/graphql?{query}")
    with pytest.raises(ValueError, match=r"^(it|its|a semicolon) "):
        read_post("/graphql", FORM, query.encode())


@pytest.mark.threat(27)
@pytest.mark.parametrize("query", ["query=mutation+{b}", "operationName=B", "Id=1", "query"])
def test_row_27_a_post_says_nothing_in_its_address(query: str) -> None:
    with pytest.raises(ValueError, match=r"address|could be"):
        posted({"query": "query A {a} mutation B {b}"}, f"/graphql?{query}")


def test_a_form_holds_nothing_but_graphql() -> None:
    with pytest.raises(ValueError, match="form"):
        read_post("/graphql", FORM, b"query={a}&_charset_=utf-7")


@given(
    st.fixed_dictionaries(
        {"query": st.text()},
        optional={
            "operationName": st.text(),
            "variables": st.dictionaries(st.text(), st.integers()),
        },
    )
)
def test_each_way_to_say_it_is_read_alike(members: dict[str, Any]) -> None:
    asked = (Call(document=members["query"], operation=members.get("operationName", "")),)
    texts = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in members.items()
    }
    assert posted(members) == asked
    assert read_post("/graphql", FORM, urlencode(texts).encode()) == asked
    assert read_url(f"/graphql?{urlencode(texts)}") == asked


@given(
    st.binary(),
    st.sampled_from((JSON, FORM, "application/graphql", "multipart/form-data; boundary=x")),
)
def test_any_bytes_are_read_or_refused(body: bytes, kind: str) -> None:
    try:
        calls = read_post("/graphql", kind, body)
    except ValueError:
        return
    assert all(call.document is not None or call.digest or call.listed for call in calls)
