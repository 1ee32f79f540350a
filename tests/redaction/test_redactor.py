"""The shapes that redactors have in common."""

from __future__ import annotations

from gateway.model import Remark
from gateway.redaction.html import HtmlRedactor
from gateway.redaction.redactor import Spilling, Tally, Whole
from tests.redaction.support import hiding_html


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


def test_a_body_is_held_until_it_is_too_large() -> None:
    def spilling(cap: int) -> Spilling:
        whole = Whole(lambda body: (body.upper(), ()))
        return Spilling(whole, lambda: HtmlRedactor(hiding_html(".note"), "utf-8"), cap)

    small = spilling(4)
    assert (small.feed(b"ab"), small.feed(b"cd"), small.close()) == (b"", b"", b"ABCD")
    large = spilling(3)
    assert large.feed(b"ab") == b""
    assert large.feed(b"cd") + large.feed(b"<p class=note>x</p>") + large.close() == b"abcd"
    assert [remark.count for remark in large.remarks] == [1]
