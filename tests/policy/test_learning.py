"""What records say of requests that only read, and the rules that are proposed from it."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gateway.model import Mode
from gateway.policy.learned import as_yaml
from gateway.policy.learning import Gathering, shape_of
from gateway.policy.requests import RequestRule, RequestRules, compile_requests

_NUMBERS = count()
NO_RULES = compile_requests(())


def refused(method: str, target: str, *, operator: str = "ada", **more: Any) -> dict[str, Any]:
    return {
        "kind": "request.refused",
        "site": "crm",
        "mode": "read_only",
        "reason": "read_only",
        "method": method,
        "target": target,
        "actor": {"id": operator},
    } | more


def ran(
    method: str,
    target: str,
    status: int = 200,
    media: str = "application/json",
    *,
    operator: str = "ada",
    size: int = 12,
) -> list[dict[str, Any]]:
    """The two records of a request that a reporting site let through."""
    said = refused(method, target, operator=operator) | {"request": str(next(_NUMBERS))}
    intent = said | {"kind": "request.intent", "would": "read_only", "reason": ""}
    outcome = said | {"kind": "request.outcome", "status": status, "media": media, "reason": ""}
    return [intent, outcome | {"bytes_out": size}]


def learned(*records: dict[str, Any], rules: RequestRules = NO_RULES) -> str:
    gathering = Gathering("crm")
    for record in records:
        gathering.take(record)
    return as_yaml(gathering.evidence(), rules, ["api_search"])


def proposed(*records: dict[str, Any]) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = yaml.safe_load(learned(*records))["rules"]
    return rules


@pytest.mark.threat(26)
def test_row_26_a_post_that_only_reads_is_proposed_with_its_evidence() -> None:
    told = learned(
        *ran("POST", "/api/deals/17/search?q=*"),
        *ran("POST", "/api/deals/2209/search", operator="sam"),
        refused("POST", "/api/deals/17/search"),
    )
    assert told == (
        "rules:\n"
        "  # POST /api/deals/*/search: 3 times, by 2 operators; refused once, "
        "answered 200 application/json 2 times.\n"
        "  # Such as /api/deals/17/search?q=*\n"
        "  # It only reads: its name says so (search), "
        "and each answer was 200 with a body, or an error.\n"
        '  - {id: api_deals_search, allow: [POST], path: "/api/deals/*/search"}\n'
    )


def test_ids_that_the_site_has_are_not_given_again() -> None:
    records = [*ran("POST", "/api/search"), *ran("POST", "/api/7/search")]
    assert {rule["id"] for rule in proposed(*records)} == {"api_search_2", "api_search_3"}


@pytest.mark.threat(26)
@pytest.mark.parametrize(
    ("records", "why"),
    [
        (ran("POST", "/deals/7/stage"), "nothing in its name"),
        (ran("POST", "/search/save"), "its name says that it changes something: save"),
        (ran("POST", "/report/delete-all-accounts-2"), "it changes something: delete"),
        (ran("PUT", "/search"), "PUT changes by its meaning"),
        (ran("POST", "/search", 201), "answered 201"),
        (ran("POST", "/search", 303, "text/html"), "answered 303"),
        (ran("POST", "/search", 204, ""), "answered 204"),
        (ran("POST", "/search") + ran("POST", "/search", 204, ""), "answered 204"),
        (ran("POST", "/search", 500), "no answer with a body"),
        (ran("POST", "/search", size=0), "no answer with a body"),
        (ran("POST", "/search") + ran("POST", "/search", size=0), "without a body too"),
        (ran("POST", "/search")[:1], "no answer with a body"),
        ([refused("POST", "/search")], "no answer with a body"),
        # What a client can write into the record must not become a wider rule than it looks.
        (ran("POST", "/search/**"), "its path cannot stand in a rule"),
        (ran("POST", "/*/search"), "its path cannot stand in a rule"),
        (ran("POST", "/search\\x"), "its path cannot stand in a rule"),
        (ran("ANY", "/search"), "its method cannot stand in a rule"),
        (ran("post", "/search"), "its method cannot stand in a rule"),
    ],
)
def test_row_26_any_doubt_is_said_and_nothing_proposed(
    records: list[dict[str, Any]], why: str
) -> None:
    assert proposed(*records) == []
    assert "# not proposed: " in learned(*records)
    assert why in learned(*records)


def test_what_the_rules_say_already_is_respected() -> None:
    def rule(effect: Any) -> RequestRules:
        return compile_requests(
            [RequestRule(id="own", effect=effect, methods=("POST",), path="/search")]
        )

    records = ran("POST", "/search")
    assert learned(*records, rules=rule("allow")) == "rules: []\n"
    assert "not proposed: rule own blocks it" in learned(*records, rules=rule("block"))


def test_other_records_say_nothing() -> None:
    for other in (
        {"site": "wiki"},
        {"mode": "read_write"},
        {"reason": "blocked_by_rule"},
        {"kind": "session.started"},
    ):
        assert learned(refused("POST", "/search") | other) == "rules: []\n"


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/api/v1/contacts/12/notes", "/api/v1/contacts/*/notes"),
        ("/o/2f1c9a34-8b7e-4a51-9b0a-0c6d1e2f3a4b/x", "/o/*/x"),
        ("/blob/9e107d9d372bb6826bd81d3542a419d6", "/blob/*"),
        ("/s/cus_9s6XKzkNRiZ8i3", "/s/*"),
        ("/s/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/s/*"),
        ("/days/2026-11-22", "/days/*"),
        ("/users/jonas%40nord.example", "/users/*"),
        ("/deals/find-by-name/oauth2/", "/deals/find-by-name/oauth2/"),
    ],
)
def test_segments_that_look_like_ids_become_one(path: str, shape: str) -> None:
    assert shape_of(path) == shape


@given(st.text(), st.text(), st.text())
def test_whatever_is_on_record_the_text_is_a_list_of_rules(
    method: str, target: str, media: str
) -> None:
    records = ran(method, target, media=media) + ran("POST", f"/search/{target}", media=media)
    rules = proposed(*records)
    compiled = compile_requests(
        RequestRule(id=rule["id"], effect="allow", methods=tuple(rule["allow"]), path=rule["path"])
        for rule in rules
    )
    for rule in rules:
        assert "**" not in rule["path"]
        assert not compiled.decide("POST", "/delete", Mode.READ_ONLY).allowed
