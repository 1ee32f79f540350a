"""The token of a user's forms is theirs, this page's, and for a while."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.console.consent_services import Recognised
from gateway.console.consent_token import UserTokens
from gateway.errors import Refused
from tests.console.characters import JONAS, MEI, NOW

CALLER = Recognised(site="crm", label="CRM", user=JONAS)
TOKENS = UserTokens(b"k" * 32, "https://crm.example.com")
HOURS = 3_600_000


def holds(token: str, caller: Recognised = CALLER, at: int = NOW, by: UserTokens = TOKENS) -> bool:
    try:
        by.check(token, caller, at)
    except Refused:
        return False
    return True


def test_it_is_good_for_its_user_for_twelve_hours() -> None:
    token = TOKENS.make(CALLER, NOW)
    assert holds(token)
    assert holds(token, at=NOW + 12 * HOURS - 1)
    assert not holds(token, at=NOW + 12 * HOURS)


@pytest.mark.threat(44)
def test_row_44_it_is_good_for_nobody_else_and_nowhere_else() -> None:
    token = TOKENS.make(CALLER, NOW)
    assert not holds(token, replace(CALLER, user=MEI))
    assert not holds(token, replace(CALLER, site="billing"))
    assert not holds(token, by=UserTokens(b"k" * 32, "https://other.example.com"))
    assert not holds(token, by=UserTokens(b"l" * 32, "https://crm.example.com"))
    until, _, code = token.partition(".")
    assert not holds(f"{int(until) + 1}.{code}")


@pytest.mark.threat(51)
def test_row_51_no_two_users_have_one_token() -> None:
    one = replace(CALLER, site="a", user=replace(JONAS, id='b","c'))
    two = replace(CALLER, site='a","b', user=replace(JONAS, id="c"))
    assert not holds(TOKENS.make(one, NOW), two)


@given(st.text(max_size=100))
def test_no_text_is_one_by_chance(said: str) -> None:
    assert not holds(said)
