"""The shapes that redactors have in common."""

from __future__ import annotations

from gateway.model import Remark
from gateway.redaction.redactor import Tally, Whole


def test_a_whole_body_leaves_at_its_end_alone() -> None:
    remark = Remark(rule="a", category="b", count=1)
    whole = Whole(lambda body: (body.upper(), (remark,)))
    assert (whole.feed(b"ab"), whole.feed(b"c"), whole.remarks) == (b"", b"", ())
    assert (whole.close(), whole.remarks) == (b"ABC", (remark,))


def test_an_empty_body_is_not_looked_into() -> None:
    def never(_body: bytes) -> tuple[bytes, tuple[Remark, ...]]:
        raise AssertionError

    assert Whole(never).close() == b""


def test_remarks_are_added_up_in_the_order_of_the_first_hits() -> None:
    tally = Tally()
    for rule in ("b", "a", "b"):
        tally.add([Remark(rule=rule, category="c", count=2)])
    assert [(each.rule, each.count) for each in tally.remarks] == [("b", 4), ("a", 2)]
