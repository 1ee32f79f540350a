"""What the tables of the JSON API say, held against what is answered."""

from __future__ import annotations

import re

import pytest

from gateway.console.api import own_consent
from gateway.console.api.endpoint import Endpoint
from gateway.console.api.table import ENDPOINTS
from tests.console.visitor import Visitor
from tests.test_docs import told_errors

ALL = (*ENDPOINTS, *own_consent.ENDPOINTS)


def test_no_two_rows_are_the_same_request() -> None:
    rows = [(each.method, each.path) for each in ENDPOINTS]
    assert len(rows) == len(set(rows))


@pytest.mark.parametrize("endpoint", ALL, ids=lambda each: f"{each.method} {each.path}")
def test_every_code_of_a_row_stands_in_the_docs_with_its_status(endpoint: Endpoint[object]) -> None:
    told = {(code, str(status)) for status, codes in endpoint.problems.items() for code in codes}
    assert told <= set(told_errors())


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda each: f"{each.method} {each.path}")
async def test_every_row_wants_somebody_who_is_signed_in(
    visitor: Visitor, endpoint: Endpoint[object]
) -> None:
    path = re.sub(r"{\w+}", "x", endpoint.pattern)
    answer = await visitor.send(endpoint.method, f"/_gateway/{path}")
    assert (answer.status, answer.json["code"]) == (401, "not_signed_in")


@pytest.mark.parametrize("query", ["", "site=crm", "site=crm&account=", "site=&account=n"])
async def test_a_query_without_what_it_needs_is_told_so(program: Visitor, query: str) -> None:
    answer = await program.get(f"/_gateway/api/preferences?{query}")
    assert (answer.status, answer.json["code"]) == (400, "bad_fields")
    assert "The query does not fit" in answer.json["detail"]


async def test_a_field_that_a_query_does_not_have_is_left_unread(program: Visitor) -> None:
    answer = await program.get("/_gateway/api/sites?more=1")
    assert answer.status == 200
