"""Response headers that rules hide by name."""

from __future__ import annotations

import pytest

from gateway.redaction.headers import header_rule, redact_headers
from gateway.redaction.hiding import Action, keyed_hash
from tests.redaction.support import HASH_KEY

FIELDS = [(b"Date", b"now"), (b"X-SSN", b"123-45-6789"), (b"x-ssn", b"987-65-4321")]


@pytest.mark.threat(37)
@pytest.mark.parametrize(
    ("action", "left"),
    [
        ("remove", []),
        ("mask", [(b"X-SSN", b"***"), (b"x-ssn", b"***")]),
        (
            "hash",
            [
                (b"X-SSN", keyed_hash(HASH_KEY, "123-45-6789").encode()),
                (b"x-ssn", keyed_hash(HASH_KEY, "987-65-4321").encode()),
            ],
        ),
    ],
)
def test_row_37_a_header_is_hidden_in_any_case_and_number(
    action: Action, left: list[tuple[bytes, bytes]]
) -> None:
    rules = [header_rule("X-Ssn", "ids", "identity", action)]
    out, (remark,) = redact_headers(FIELDS, rules, HASH_KEY)
    assert out == [FIELDS[0], *left]
    assert (remark.rule, remark.category, remark.count) == ("ids", "identity", 2)


def test_of_two_rules_for_a_header_the_first_wins() -> None:
    rules = [header_rule("X-SSN", "a", "a", "remove"), header_rule("x-ssn", "b", "b", "hash")]
    out, remarks = redact_headers(FIELDS, rules, HASH_KEY)
    assert out == FIELDS[:1]
    assert [remark.rule for remark in remarks] == ["a"]


@pytest.mark.parametrize("name", ["Content-Type", "transfer-encoding", "X Y", ""])
def test_what_cannot_be_hidden_is_said(name: str) -> None:
    with pytest.raises(ValueError, match=r"hidden|name|rule"):
        header_rule(name, "a", "a", "remove")
