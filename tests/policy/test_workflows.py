"""What is a part of a workflow, and that everything else is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.paths import PathPattern
from gateway.policy.workflows import NO_WORKFLOWS, Workflow, Workflows

PATHS = ("/quotes/**", "/api/quotes/*/lines", "/app.js")
QUOTES = Workflow(name="quotes", label="Create a quote", start="/quotes/new?a=b", paths=PATHS)
ORDERS = Workflow(name="orders", label="Take an order", start="/orders", paths=["/orders"])
BOTH = Workflows([QUOTES, ORDERS])


@pytest.mark.parametrize(
    "path", ["/quotes", "/quotes/", "/quotes/new", "/quotes/1/lines", "/api/quotes/7/lines"]
)
def test_its_own_paths_are_a_part_of_it_and_of_no_other(path: str) -> None:
    assert BOTH.hold("quotes", path)
    assert not BOTH.hold("orders", path)
    assert not BOTH.hold("", path)
    assert not BOTH.hold("gone", path)
    assert not NO_WORKFLOWS.hold("quotes", path)


@pytest.mark.threat(9, 10, 11)
@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "/quote", "/quotesx", "/Quotes/new", "/orders", "/app.js/x", "//quotes/new"),
        *("/quotes/../orders", "/quotes/%2e%2e/orders", "/quotes/..%2forders", "/quotes\\new"),
        *("/quotes/..;/orders", "/quotes/a;b", "/quotes//new", "/%71uotes/new", "/quotes%2fnew"),
        *("/quotes/%5corders", "/quotes/%00", "/quotes/x%25y", "/quotes/new\n", "/x/quotes/new"),
        *("/api/quotes/7/8/lines", "/api/quotes/7/lines/", "quotes/new", "/quotes/a%2"),
    ],
)
def test_whatever_could_be_another_path_to_some_app_is_outside(path: str) -> None:
    assert not BOTH.hold("quotes", path)


@given(st.text(st.sampled_from("/aquotes.%2fe;\\"), max_size=16).map("/quotes/".__add__))
def test_nothing_is_a_part_that_an_allow_rule_would_not_let_through(path: str) -> None:
    said = any(PathPattern(pattern).matches_exactly(path) for pattern in PATHS)
    assert QUOTES.holds(path) is said


def test_each_has_a_name_for_people_and_a_place_to_start() -> None:
    assert BOTH.labels == {"quotes": "Create a quote", "orders": "Take an order"}
    assert (BOTH.label("quotes"), BOTH.start("quotes")) == ("Create a quote", "/quotes/new?a=b")
    assert (BOTH.label(""), BOTH.start("")) == ("", "/")
    assert (BOTH.label("gone"), BOTH.start("gone")) == ("gone", "/")
    assert "quotes" in BOTH
    assert "gone" not in BOTH


def test_one_that_begins_outside_of_itself_is_none() -> None:
    with pytest.raises(ValueError, match="not within its paths"):
        Workflow(name="a", label="A", start="/b", paths=["/a/**"])
    with pytest.raises(ValueError, match="two workflows 'orders'"):
        Workflows([ORDERS, ORDERS])
