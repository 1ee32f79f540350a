"""Names of columns and fields: one name under all its spellings."""

from __future__ import annotations

import pytest

from gateway.redaction.names import FieldNames, fold
from tests.redaction.support import rule, select

NAMES = FieldNames(
    select(rule("mask", fields=["private_notes"], action="mask"), rule("cut", fields=["ssn", "#"]))
)


@pytest.mark.parametrize(
    "name",
    ["private_notes", "Private Notes", "PRIVATE-NOTES", '\ufeff"private notes"', "privateNotes:"],
)
def test_spellings_of_one_name_are_one(name: str) -> None:
    assert fold(name) == "privatenotes"


@pytest.mark.parametrize(
    ("name", "rule_id"),
    [
        ("ssn", "cut"),
        ("user[ssn]", "cut"),
        ("customer.SSN", "cut"),
        ("ssn[0][text]", "cut"),
        ("private_notes[ssn]", "cut"),
        (" # ", "cut"),
        ("Private notes", "mask"),
        ("ssn2", None),
        ("notes", None),
        ("", None),
        ("%", None),
    ],
)
def test_what_stands_below_a_hidden_name_is_hidden_by_the_strongest_rule(
    name: str, rule_id: str | None
) -> None:
    rule_of = NAMES.rule_of(name)
    assert (rule_of and rule_of.id) == rule_id


def test_a_text_is_a_name_or_holds_one() -> None:
    assert NAMES.has(" SSN ")
    assert not NAMES.has("my ssn")
    assert not NAMES.has("s" * 100_000)
    assert NAMES.within("id~ssn")
    assert not NAMES.within("id")
