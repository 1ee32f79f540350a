"""Refusals as pages and as problem details."""

from __future__ import annotations

import msgspec
import pytest
from aiohttp.test_utils import make_mocked_request

from gateway.console.pages import Pages
from gateway.console.refusal import Refusal, problem, refusal_page, wants_page
from gateway.errors import UpstreamError
from gateway.model import Deny
from tests.console.characters import ADA, JONAS, make_session

ORIGIN = "http://k3f9.crm.localhost:8080"
DENY = Deny(
    code="read_only",
    rule="read_only",
    status=403,
    title="This would change something, so it did not happen",
    detail="In this session you look only.",
    advice="Start a session that may change things.",
)


def test_a_decision_becomes_a_page_that_says_what_did_not_happen_why_and_what_next() -> None:
    refusal = msgspec.structs.replace(
        Refusal.of(DENY),
        record="7f31",
        request="POST /deals/7/stage",
        back="/deals/7",
        leave="/_gateway/leave",
        session=make_session(ADA, JONAS),
    )
    answer = refusal_page(Pages("/_gateway/"), refusal, ORIGIN)
    assert answer.status == 403
    assert answer.text is not None
    for said in (
        "<h1>This would change something, so it did not happen</h1>",
        "<code>POST /deals/7/stage</code>",
        "Acting as Jonas Weber, look only",
        "In this session you look only.",
        "Start a session that may change things.",
        'href="/deals/7">Go back</a>',
        'href="/_gateway/leave">Leave</a>',
        "Rule <code>read_only</code> · on record as <code>7f31</code>",
    ):
        assert said in answer.text


def test_a_page_says_method_and_path_once() -> None:
    deny = msgspec.structs.replace(DENY, detail="You look only. POST /deals/7 was not sent.")
    refusal = msgspec.structs.replace(
        Refusal.of(deny), request="POST /deals/7", session=make_session(ADA, JONAS)
    )
    text = refusal_page(Pages("/_gateway/"), refusal, ORIGIN).text
    assert text is not None
    assert text.count("POST /deals/7") == 1
    assert ">Acting as Jonas Weber, look only<" in text


def test_a_decision_becomes_problem_details() -> None:
    answer = problem(Refusal.of(DENY))
    assert answer.content_type == "application/problem+json"
    assert isinstance(answer.body, bytes)
    assert msgspec.json.decode(answer.body) == {
        "type": "urn:problem:impersonation-gateway:read_only",
        "title": "This would change something, so it did not happen",
        "status": 403,
        "detail": "In this session you look only.",
        "code": "read_only",
        "advice": "Start a session that may change things.",
        "rule": "read_only",
    }


def test_an_error_becomes_a_refusal() -> None:
    refusal = Refusal.of(UpstreamError("upstream_timeout", "Too slow.", status=504))
    assert (refusal.status, refusal.code, refusal.rule) == (504, "upstream_timeout", "")


@pytest.mark.parametrize(
    ("headers", "page"),
    [
        ({"Sec-Fetch-Mode": "navigate", "Accept": "*/*"}, True),
        ({"Sec-Fetch-Mode": "cors", "Accept": "text/html"}, False),
        ({"Accept": "text/html,application/xhtml+xml;q=0.9"}, True),
        ({"Accept": "application/json"}, False),
        ({}, False),
    ],
)
def test_people_get_pages_and_programs_do_not(headers: dict[str, str], page: bool) -> None:
    assert wants_page(make_mocked_request("GET", "/", headers=headers)) is page
