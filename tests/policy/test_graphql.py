"""Which GraphQL requests run, and in which mode."""

from __future__ import annotations

from hashlib import sha256

import pytest
from graphql import parse
from graphql.language import FieldNode, OperationDefinitionNode
from hypothesis import given
from hypothesis import strategies as st

from gateway.model import Deny, Mode
from gateway.policy.graphql import Asked, Endpoints, GraphQLRules, compile_graphql, judge
from gateway.policy.graphql_request import Call
from tests.policy.graphql_documents import OPERATIONS, documents, nodes_of, sure_of

LISTED = "query Listed { x: ssn }"
RULES = compile_graphql(
    "/graphql",
    introspection=False,
    persisted={
        "listed": LISTED,
        "sets": "mutation { a }",
        sha256(LISTED.encode()).hexdigest(): LISTED,
        "f" * 64: LISTED,
    },
)
OPEN = compile_graphql("/open", introspection=True, persisted={})
READ, WRITE = Mode.READ_ONLY, Mode.READ_WRITE


def judged(
    *documents: str,
    operation: str = "",
    rules: GraphQLRules = RULES,
    mode: Mode = READ,
    by_get: bool = False,
) -> Asked | Deny:
    calls = [Call(document=each, operation=operation) for each in documents]
    return judge(calls, rules, mode, by_get=by_get)


def code(verdict: Asked | Deny) -> str:
    return verdict.code if isinstance(verdict, Deny) else ""


def plainly(text: str, operation: str, mode: Mode, by_get: bool) -> str:
    """The decision as its rules are written, by a walk over everything in the document."""
    named = [each for each in parse(text).definitions if isinstance(each, OperationDefinitionNode)]
    meant = [
        each
        for each in named
        if not operation or (each.name is not None and each.name.value == operation)
    ]
    if not sure_of(text) or len(meant) != 1:
        return "graphql_unreadable"
    if meant[0].operation.value != "query" and (by_get or mode is READ):
        return "graphql_changes"
    fields = [node for each in parse(text).definitions for node in nodes_of(each)]
    if any(isinstance(f, FieldNode) and f.name.value in ("__schema", "__type") for f in fields):
        return "graphql_introspection"
    return ""


@pytest.mark.threat(27)
@given(documents, st.sampled_from(("", *OPERATIONS)), st.sampled_from(Mode), st.booleans())
def test_row_27_every_document_is_decided_as_a_plain_reading_of_it_says(
    text: str, operation: str, mode: Mode, by_get: bool
) -> None:
    said = judged(text, operation=operation, mode=mode, by_get=by_get)
    assert code(said) == plainly(text, operation, mode, by_get)


@pytest.mark.threat(26)
def test_row_26_a_query_runs_and_its_record_says_which() -> None:
    asked = judged("query Contact { c: contact { n: name } }", "{ a }")
    assert asked == Asked(
        operations="query Contact, query", aliases=(("c", "contact"), ("n", "name"))
    )
    assert judged(f"query {'x' * 300} {{ a }}") == Asked(operations=f"query {'x' * 80}", aliases=())


@pytest.mark.threat(27)
def test_row_27_what_changes_something_runs_only_by_post_where_changes_may_be() -> None:
    for text in ("mutation M { a }", "subscription S { a }"):
        assert code(judged(text)) == "graphql_changes"
        assert code(judged(text, mode=WRITE, by_get=True)) == "graphql_changes"
        assert code(judged("{ a }", text, "{ b }")) == "graphql_changes"
        assert code(judged(text, mode=WRITE)) == ""
    assert code(judged("{ a }", by_get=True)) == ""


@pytest.mark.threat(27)
def test_row_27_the_named_operation_is_the_one_that_is_judged() -> None:
    both = "query A { a } mutation B { b }"
    assert code(judged(both, operation="A")) == ""
    assert code(judged(both, operation="B")) == "graphql_changes"
    assert code(judged(both)) == code(judged(both, operation="C")) == "graphql_unreadable"


def test_the_schema_is_closed_unless_the_site_opens_it() -> None:
    hidden = "{ a { ...F } } fragment F on T { x: __schema { types { name } } }"
    assert code(judged(hidden)) == code(judged("{ __type(name: 1) { name } }"))
    assert code(judged(hidden)) == "graphql_introspection"
    assert code(judged(hidden, rules=OPEN)) == code(judged("{ __typename }")) == ""


@pytest.mark.threat(27)
def test_row_27_a_document_that_is_named_must_be_listed() -> None:
    unknown = Call(digest="0" * 64)
    assert code(judge([unknown], RULES, WRITE)) == "graphql_not_listed"
    assert code(judge([Call(listed="listed")], OPEN, WRITE)) == "graphql_not_listed"
    runs = Asked(operations="query Listed", aliases=(("x", "ssn"),))
    assert judge([Call(listed="listed")], RULES, READ) == runs
    assert judge([Call(digest=sha256(LISTED.encode()).hexdigest())], RULES, READ) == runs
    assert code(judge([Call(digest="f" * 64)], RULES, READ)) == "graphql_unreadable"
    assert code(judge([Call(listed="sets")], RULES, READ)) == "graphql_changes"


@pytest.mark.threat(27)
def test_row_27_no_document_is_planted_under_the_hash_of_another() -> None:
    digest = sha256(b"{ a }").hexdigest()
    assert code(judge([Call(document="{ a }", digest=digest)], RULES, READ)) == ""
    planted = Call(document="{ b }", digest=digest)
    assert code(judge([planted], RULES, WRITE)) == "graphql_unreadable"


def test_an_endpoint_is_found_under_every_spelling() -> None:
    endpoints = Endpoints((OPEN, RULES))
    for path in ("/graphql", "/GraphQL/", "/%67raphql"):
        assert endpoints.at(path) is RULES
    assert endpoints.at("/graphql/x") is None


def test_a_listed_document_that_cannot_be_read_is_a_fault_of_the_config() -> None:
    with pytest.raises(ValueError, match="persisted 'x': its document"):
        compile_graphql("/g", introspection=False, persisted={"x": "{"})
