"""Queries, forms and JSON bodies."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.console.fields import MAX_BODY, one_line, parse_fields
from gateway.errors import ClientError
from tests.console.visitor import Visitor

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.dictionaries(TEXTS, TEXTS, max_size=8))
def test_what_a_browser_writes_is_read_back(fields: dict[str, str]) -> None:
    assert parse_fields(urlencode(fields)) == fields


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(ClientError):
        assert all(isinstance(value, str) for value in parse_fields(text).values())


@pytest.mark.parametrize(
    "text", ["a=1&a=2", "a=1&%61=2", "a", "a=%ff", "a=é", "&".join("b=1" * 40)]
)
def test_doubled_bare_and_undecodable_fields_are_refused(text: str) -> None:
    with pytest.raises(ClientError, match="bad_fields"):
        parse_fields(text)


def test_too_many_fields_are_refused() -> None:
    with pytest.raises(ClientError, match="bad_fields"):
        parse_fields("&".join(f"f{number}=1" for number in range(33)))


async def test_a_form_of_another_type_is_not_read(visitor: Visitor) -> None:
    answer = await visitor.send(
        "POST",
        "/_gateway/sign-in",
        headers={"Origin": visitor.origin, "Content-Type": "multipart/form-data; boundary=x"},
        data=b"--x--",
    )
    assert (answer.status, answer.json["code"]) == (415, "media_type")


async def test_a_form_that_is_too_large_is_not_read(visitor: Visitor) -> None:
    answer = await visitor.send(
        "POST",
        "/_gateway/sign-in",
        headers={"Origin": visitor.origin, "Content-Type": "application/x-www-form-urlencoded"},
        data=b"a=" + b"b" * MAX_BODY,
    )
    assert (answer.status, answer.json["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"site":"crm"}', b'{"site":1}', b'{"surprise":1}', b"\xff"]
)
async def test_json_that_does_not_fit_is_refused_with_words(program: Visitor, body: bytes) -> None:
    answer = await program.send(
        "POST",
        "/_gateway/api/sessions",
        headers={"Content-Type": "application/json"},
        data=body,
    )
    assert (answer.status, answer.json["code"]) == (400, "bad_json")


def test_a_text_is_counted_as_it_was_sent_and_becomes_one_line() -> None:
    assert one_line("a\r\nb\x94 ", 6) == "a b"
    with pytest.raises(ClientError, match="bad_fields"):
        one_line("\x94abc", 3)
