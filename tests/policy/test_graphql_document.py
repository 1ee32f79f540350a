"""What is read of a GraphQL document, and which documents are not read at all."""

from __future__ import annotations

import pytest
from graphql import parse
from graphql.language import FieldNode
from hypothesis import given

from gateway.policy.graphql_document import read_document
from tests.policy.graphql_documents import documents, nodes_of, sure_of


@pytest.mark.threat(29)
@given(documents)
def test_row_29_every_alias_of_a_document_is_found(text: str) -> None:
    if not sure_of(text):
        with pytest.raises(ValueError, match="document"):
            read_document(text)
        return
    fields = [
        node
        for each in parse(text).definitions
        for node in nodes_of(each)
        if isinstance(node, FieldNode)
    ]
    renamed = {
        (node.alias.value, node.name.value)
        for node in fields
        if node.alias and node.alias.value != node.name.value
    }
    read = read_document(text)
    assert set(read.aliases) == renamed
    assert read.introspects == any(node.name.value in ("__schema", "__type") for node in fields)


def test_the_operation_that_runs_is_the_one_that_is_named() -> None:
    both = read_document("query A { a } mutation B { b }")
    assert both.chosen("A") == ("query", "A")
    assert both.chosen("B") == ("mutation", "B")
    assert read_document("{ a }").chosen("") == ("query", "")
    assert read_document("subscription S { a }").chosen("") == ("subscription", "S")
    for document, name in ((both, ""), (both, "C"), (read_document("{ a }"), "A")):
        with pytest.raises(ValueError, match="operation"):
            document.chosen(name)


@pytest.mark.threat(27)
@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing",
        "{ a",
        "{ a } }",
        "fragment F on T { a }",
        "query A { a } query A { b }",
        "{ a } { b }",
        "{ a } mutation B { b }",
        "query A { ...F } fragment F on T { a } fragment F on T { b }",
        "{ ...OnTheServer }",
        "type Query { a: Int } { a }",
        "extend type Query { a: Int } { a }",
        "{ a } # \r mutation { b }",
        "{ a } # \u2028 mutation { b }",
        '{ a(b: "\ud800") }',
        "{ a \0 }",
        "{ a }" + "#" * 70_000,
        "{" + " a" * 6000 + "}",
        "{ a " * 150 + "b" + " }" * 150,
        "{ a(b: " + "[" * 5000 + "]" * 5000 + ") }",
        "{ a " * 50_000,
    ],
)
def test_row_27_a_document_in_doubt_is_not_read(text: str) -> None:
    with pytest.raises(ValueError, match="document"):
        read_document(text)


def test_what_a_document_holds_is_not_told_of_it() -> None:
    with pytest.raises(ValueError, match="line 1, column 5") as fault:
        read_document('{ a "secret" }')
    assert "secret" not in str(fault.value)
