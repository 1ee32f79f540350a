"""What counts as a reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model import Deny
from gateway.policy.reasons import Reasons, joined

LISTED = Reasons(least=8, listed=("Support", "Support: urgent", "Billing"))


def code(reasons: Reasons, reason: str) -> str:
    refusal = reasons.refusal(reason)
    return refusal.code if refusal else ""


def test_without_a_list_a_reason_is_long_enough() -> None:
    assert code(Reasons(least=8), "Billing") == "reason_missing"
    assert code(Reasons(least=8), "Billing.") == ""


@pytest.mark.parametrize(
    ("reason", "refusal"),
    [
        ("Support", ""),
        ("Support: cannot sign in", ""),
        ("Support: urgent", ""),
        ("Support: urgent: all of them", ""),
        ("Support: no", "reason_missing"),
        ("Support: urgent: no", "reason_missing"),
        ("", "reason_not_listed"),
        ("support", "reason_not_listed"),
        ("Supporting the customer", "reason_not_listed"),
        ("Cannot sign in", "reason_not_listed"),
        (": cannot sign in", "reason_not_listed"),
    ],
)
def test_a_listed_reason_stands_alone_or_before_more_words(reason: str, refusal: str) -> None:
    assert code(LISTED, reason) == refusal


def test_a_refusal_names_the_list_and_the_length() -> None:
    refused = LISTED.refusal("Because")
    assert isinstance(refused, Deny)
    assert refused.status == 422
    assert "Support; Support: urgent; Billing" in refused.advice
    refused = LISTED.refusal("Billing: x")
    assert isinstance(refused, Deny)
    assert refused.detail == "What is added to a reason has at least 8 characters."


@given(st.sampled_from(LISTED.listed), st.text())
def test_what_was_joined_is_the_same_reason_when_it_is_parted(listed: str, added: str) -> None:
    reason = joined(listed, added)
    assert joined(*LISTED.parted(reason)) == reason
    assert LISTED.parted(reason)[0].startswith(listed)
