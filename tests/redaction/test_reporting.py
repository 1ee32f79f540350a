"""A redactor that only looks: the body passes, and what it would have done is noted."""

from __future__ import annotations

from gateway.errors import Unreadable
from gateway.model import Remark
from gateway.redaction.redactor import Whole
from gateway.redaction.reporting import Reporting

HIT = (Remark(rule="notes", category="notes", count=1),)


def hides(body: bytes) -> tuple[bytes, tuple[Remark, ...]]:
    return b"", HIT


def gives_up(body: bytes) -> tuple[bytes, tuple[Remark, ...]]:
    raise Unreadable("json_unreadable", "It is not JSON.")


def test_the_body_passes_at_once_and_the_hits_are_told() -> None:
    reporting = Reporting(Whole(hides), cap=8)
    assert (reporting.feed(b"abc"), reporting.feed(b"def"), reporting.close()) == (
        b"abc",
        b"def",
        b"",
    )
    assert (reporting.remarks, reporting.would) == (HIT, "")


def test_what_would_have_been_blocked_passes_under_its_code() -> None:
    reporting = Reporting(Whole(gives_up), cap=None)
    assert reporting.feed(b"abc") + reporting.close() == b"abc"
    assert reporting.would == "json_unreadable"


def test_what_is_too_large_to_be_looked_at_is_not_held() -> None:
    seen = Whole(hides)
    reporting = Reporting(seen, cap=4)
    assert reporting.feed(b"abc") + reporting.feed(b"def") + reporting.close() == b"abcdef"
    assert (reporting.would, reporting.remarks) == ("encoding_unreadable", ())
