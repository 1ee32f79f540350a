"""Matching: selectors of several parts, as elements open and close."""

from __future__ import annotations

import pytest

from gateway.errors import Unreadable
from gateway.redaction.html_match import Matcher
from gateway.redaction.html_tokens import Tag
from tests.redaction.support import hiding_html, rule, select


def tag(attributes: str, name: str = "p") -> Tag:
    text = f"<{name}{attributes}>"
    return Tag(text=text, ends=False, name=name, attributes=attributes, self_closing=False)


def test_a_part_counts_while_its_element_is_open() -> None:
    matcher = Matcher(hiding_html("#list .row td"))
    assert matcher.ask("div", {"id": "list"}) == (None, [0])
    matcher.answer([0], depth=0)
    assert matcher.ask("td", {}) == (None, [])
    matcher.answer(matcher.ask("tr", {"class": "row"})[1], depth=1)
    hiding, _ = matcher.ask("td", {})
    assert hiding is not None
    matcher.settle(1)
    assert matcher.ask("td", {}) == (None, [])
    matcher.settle(0)
    assert matcher.ask("tr", {"class": "row"}) == (None, [])


def test_the_rule_that_shows_less_hides() -> None:
    hashed = rule("hash", html=[".note"], action="hash")
    removed = rule("remove", html=["p"])
    hiding, _ = Matcher(select(hashed, removed)).ask("p", {"class": "note"})
    assert hiding is not None
    assert hiding.id == "remove"


@pytest.mark.parametrize(
    ("attributes", "concerned"),
    [
        (" class=note", True),
        (" CLASS='x Note y'", True),
        (" class='&#110;ote'", True),
        (" title='<b>'", True),
        (" class=other", False),
        ("", False),
    ],
)
def test_most_tags_concern_nobody(attributes: str, concerned: bool) -> None:
    matcher = Matcher(hiding_html(".note"))
    for _ in range(2):
        assert matcher.concerned[tag(attributes)] is concerned


def test_a_bare_name_concerns_its_elements() -> None:
    matcher = Matcher(hiding_html("img"))
    assert matcher.concerned[tag("", "img")]
    assert matcher.concerned[tag("", "image")]
    assert not matcher.concerned[tag("", "p")]


def test_what_could_give_an_answer_again_matters() -> None:
    matcher = Matcher(hiding_html(".a .s"))
    matcher.answer([0], depth=0)
    assert matcher.may_matter("div", {"class": "a"})
    assert not matcher.may_matter("div", {"class": "x"})


def test_formatting_matters_before_its_turn() -> None:
    matcher = Matcher(hiding_html(".a .s"))
    assert matcher.may_matter("b", {"class": "s"})
    assert not matcher.may_matter("div", {"class": "s"})


def test_a_root_is_not_hidden_and_answers_only_in_time() -> None:
    matcher = Matcher(hiding_html(".page .note"))
    matcher.hold_root("body", {"class": "page"}, late=False)
    matcher.hold_root("body", {"class": "other"}, late=True)
    with pytest.raises(Unreadable, match="inside of its body"):
        matcher.hold_root("body", {"class": "page"}, late=True)
    with pytest.raises(Unreadable, match="'notes' hides its <body>"):
        matcher.hold_root("body", {"class": "note"}, late=False)
