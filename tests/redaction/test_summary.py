"""What was hidden, as a header says it."""

from __future__ import annotations

from gateway.model import Remark
from gateway.redaction.summary import added, in_force, summary
from tests.redaction.support import hiding_json

NOTES = Remark(rule="notes", category="private_notes", count=3)
GRADES = Remark(rule="grades", category="grades", count=1)


def test_each_rule_that_hit_is_named_with_its_count() -> None:
    assert summary((NOTES, GRADES)) == (
        b'"notes";category="private_notes";count=3, "grades";category="grades";count=1'
    )
    assert summary(()) == b""


def test_of_a_stream_the_rules_in_force_are_named() -> None:
    assert in_force(hiding_json("$..note")) == b'"notes";category="notes"'


def test_what_headers_and_body_hid_is_added_up_by_rule() -> None:
    more = Remark(rule="notes", category="private_notes", count=1)
    (notes, grades) = added((NOTES,), (GRADES, more))
    assert (notes.count, grades.count) == (4, 1)
    assert added((NOTES,), ()) == (NOTES,)
