"""Requests to a GraphQL endpoint are decided by their documents; others are left alone."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from gateway.errors import Refused
from gateway.middleware.check_graphql import ask, rules_of
from gateway.middleware.draft import Draft
from gateway.middleware.strip_headers import strip_headers
from gateway.model import Mode
from gateway.policy.graphql import Asked, Endpoints, compile_graphql
from tests.middleware.support import SITE, a_draft

RULES = compile_graphql("/graphql", introspection=False, persisted={})
GRAPHQL = replace(SITE, graphql=Endpoints((RULES,)))
JSON = (b"Content-Type", b"application/json")
QUERY = b'{"query": "query Q { a: b }"}'
RUNS = Asked(operations="query Q", aliases=(("a", "b"),))


def draft(method: str, target: str, *headers: tuple[bytes, bytes]) -> Draft:
    made = a_draft(headers, target=target, site=GRAPHQL)
    made.wire = msgspec.structs.replace(made.wire, method=method)
    strip_headers(made)
    return made


def asked(made: Draft, body: bytes = b"", mode: Mode = Mode.READ_ONLY) -> Asked | str | None:
    """What the request runs, or the code by which it is refused."""
    try:
        return ask(made, body, RULES, mode)
    except Refused as refusal:
        return refusal.code


def test_only_requests_that_an_endpoint_may_answer_are_read() -> None:
    for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "QUERY"):
        assert rules_of(draft(method, "/graphql?x=1")) is RULES
        assert rules_of(draft(method, "/GraphQL/")) is RULES
        assert rules_of(draft(method, "/other")) is None
    assert rules_of(a_draft(target="/graphql")) is None


def test_a_request_says_in_its_body_or_its_address_what_runs() -> None:
    assert asked(draft("POST", "/graphql", JSON), QUERY) == RUNS
    assert asked(draft("PUT", "/graphql", JSON), QUERY) == RUNS
    assert asked(draft("GET", "/graphql?query=query+Q{a:b}")) == RUNS
    assert asked(draft("GET", "/graphql")) is None


@pytest.mark.threat(27)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_row_27_no_safe_method_changes_anything(method: str) -> None:
    for query, code in (
        ("query=mutation{a}", "graphql_changes"),
        ("query=subscription{a}", "graphql_changes"),
        ("Query=mutation{a}", "graphql_unreadable"),
    ):
        assert asked(draft(method, f"/graphql?{query}"), mode=Mode.READ_WRITE) == code
    with_body = draft(method, "/graphql", JSON)
    assert asked(with_body, QUERY, Mode.READ_WRITE) == "graphql_unreadable"


@pytest.mark.threat(27)
@pytest.mark.parametrize("coding", [b"gzip", b"identity, gzip", b"br", b"x"])
def test_row_27_a_body_in_a_content_coding_is_refused(coding: bytes) -> None:
    coded = draft("POST", "/graphql", JSON, (b"Content-Encoding", coding))
    assert asked(coded, QUERY) == "graphql_unreadable"
    plain = draft("POST", "/graphql", JSON, (b"Content-Encoding", b"Identity"))
    assert asked(plain, QUERY) == RUNS


def test_a_refusal_says_which_rule_made_it() -> None:
    with pytest.raises(Refused, match="look-only") as refusal:
        ask(draft("POST", "/graphql", JSON), b'{"query":"mutation {a}"}', RULES, Mode.READ_ONLY)
    assert (refusal.value.status, refusal.value.rule) == (403, "read_only.graphql_queries")
