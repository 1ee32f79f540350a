"""Rules: compiled once, all faults at once, selected by path and by what a session may see."""

from __future__ import annotations

import pytest

from gateway.redaction.rules import RedactionRule, compile_rules
from tests.redaction.support import HASH_KEY, rule, select

NOTES = rule("notes", json=["$..notes"], html=[".note"], paths=["/contacts/**"])
SURVEY = rule("survey", json=["$..survey"], html=[".survey"])


def test_a_rule_without_paths_is_for_every_response() -> None:
    redaction = compile_rules([NOTES, SURVEY], hash_key=HASH_KEY)
    selection = redaction.select("/deals", ())
    assert selection is not None
    assert [each.id for each in selection.rules] == ["survey"]


@pytest.mark.parametrize(
    "path", ["/contacts/7", "/Contacts/7", "/%63ontacts/7", "//contacts/7;x=1"]
)
def test_a_rule_is_for_its_paths_in_any_spelling(path: str) -> None:
    assert compile_rules([NOTES], hash_key=HASH_KEY).select(path, ()) is not None


def test_nothing_is_selected_where_no_rule_applies() -> None:
    redaction = compile_rules([NOTES], hash_key=HASH_KEY)
    assert redaction.select("/deals", ()) is None
    assert redaction.select("/contacts/7", ("notes",)) is None
    assert compile_rules([], hash_key=HASH_KEY).select("/contacts/7", ()) is None


def test_what_a_session_may_see_is_not_taken_from_the_next_one() -> None:
    redaction = compile_rules([NOTES, SURVEY], hash_key=HASH_KEY)
    selected = [
        [each.id for each in selection.rules] if selection else []
        for reveal in ((), ("notes",), ("notes", "survey"), ("survey",), ())
        for selection in [redaction.select("/contacts/7", reveal)]
    ]
    assert selected == [["notes", "survey"], ["survey"], [], ["notes"], ["notes", "survey"]]


def test_what_a_session_may_see_is_shown_where_rules_would_hide_it() -> None:
    redaction = compile_rules([NOTES, SURVEY], hash_key=HASH_KEY)
    both = ("notes", "survey", "unruled")
    assert redaction.shown("/contacts/7", both) == ("notes", "survey")
    assert redaction.shown("/deals", both) == ("survey",)
    assert redaction.shown("/contacts/7", ("notes",)) == ("notes",)
    assert redaction.shown("/contacts/7", ()) == ()


def test_a_selection_vouches_for_a_format_only_when_all_its_rules_do() -> None:
    only_json = rule("grade", json=["$..grade"])
    assert select(NOTES_EVERYWHERE).speaks == {"json", "html"}
    assert select(NOTES_EVERYWHERE, only_json).speaks == {"json"}


def test_a_rule_for_headers_alone_says_nothing_of_bodies() -> None:
    redaction = compile_rules([rule("grade", headers=["X-Grade"])], hash_key=HASH_KEY)
    assert redaction.select("/", ()) is None
    fields = [(b"x-grade", b"A"), (b"X-Other", b"B")]
    left, remarks = redaction.hide_headers(fields, "/", ())
    assert left == [(b"X-Other", b"B")]
    assert [(remark.rule, remark.count) for remark in remarks] == [("grade", 1)]
    assert redaction.hide_headers(fields, "/", ("grade",)) == (fields, ())


NOTES_EVERYWHERE = rule("notes", json=["$..notes"], html=[".note"])


def test_rules_that_show_less_come_first() -> None:
    order = select(
        rule("a", json=["$.a"], action="hash"),
        rule("b", json=["$.b"], action="mask"),
        rule("c", json=["$.c"], action="remove"),
    )
    assert [each.id for each in order.rules] == ["c", "b", "a"]


def test_one_path_without_a_name_takes_the_promise_from_all() -> None:
    assert select(rule("a", json=["$.a", "$..b"])).needles == (b'"a"', b'"b"')
    assert select(rule("a", json=["$.a"]), rule("b", json=["$.*"])).needles is None
    assert select(rule("a", json=["$.a"]), rule("b", html=["b"])).needles == (b'"a"',)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (rule("x"), "'x': it selects nothing"),
        (rule("x", json=["notes"]), "'x': 'notes' is not a JSONPath"),
        (rule("x", json=["$.a[?@.b == 1]"]), "'x': .* holds a filter"),
        (rule("x", json=["$"]), "'x': .* the whole document"),
        (rule("x", html=["ul > li"]), "'x': .* '> li'"),
        (rule("x", html=[".a"], paths=["no-slash"]), "'x': "),
    ],
)
def test_a_fault_names_its_rule(fault: RedactionRule, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        compile_rules([fault], hash_key=HASH_KEY)


def test_all_faults_are_said_at_once() -> None:
    with pytest.raises(ValueError, match=r"hash key.*'a'.*'b': this id is used twice"):
        compile_rules(
            [rule("a"), rule("b", json=["$.b"]), rule("b", json=["$.c"])], hash_key=b"short"
        )
