"""What is found in text: numbers that prove themselves, and a customer's patterns."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Unreadable
from gateway.redaction.patterns import READY, compile_pattern

DIGITS = st.text("0123456789", min_size=13, max_size=19)


def found(kind: str, text: str) -> list[str]:
    return [text[each.start : each.end] for each in compile_pattern(kind).find(text)]


def has_luhn_digit(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


@given(DIGITS)
def test_a_number_of_a_cards_length_is_one_by_its_last_digit(digits: str) -> None:
    assert found("card_number", f"pay {digits}.") == [digits] * has_luhn_digit(digits)


@given(DIGITS, st.lists(st.integers(1, 18), max_size=5), st.sampled_from([" ", "-", " - ", "."]))
def test_a_card_number_is_found_in_its_groups(digits: str, cuts: list[int], between: str) -> None:
    digits = next(
        f"{digits[:-1]}{last}" for last in range(10) if has_luhn_digit(f"{digits[:-1]}{last}")
    )
    edges = sorted({0, len(digits), *(cut for cut in cuts if cut < len(digits))})
    spelled = between.join(digits[a:b] for a, b in pairwise(edges))
    assert spelled in found("card_number", f"x{spelled}y")
    assert digits in {each.spelling for each in READY["card_number"].find(spelled)}


@given(
    st.from_regex(r"[A-Z]{2}", fullmatch=True),
    st.from_regex(r"[0-9A-Z]{11,30}", fullmatch=True),
    st.sampled_from([0, 4, 5]),
)
def test_an_iban_is_known_by_its_remainder(country: str, account: str, group: int) -> None:
    moved = "".join(str(int(each, 36)) for each in f"{account}{country}00")
    good = 98 - int(moved) % 97
    for check in (good, good - 1):
        iban = f"{country}{check:02}{account}"
        cuts = range(0, len(iban), group or len(iban))
        spelled = " ".join(iban[at : at + (group or len(iban))] for at in cuts)
        assert (spelled in found("iban", f"to {spelled}, please")) == (check == good)


@pytest.mark.parametrize(
    ("kind", "text", "values"),
    [
        (
            "card_number",
            "99 4111-1111-1111-1111 7 VISA4111111111111111",
            ["4111-1111-1111-1111", "4111111111111111"],
        ),
        ("card_number", "4111 1111 1111 1112, 411111111111111, 41111111111111110000", []),
        ("iban", "IBAN:de89 3704 0044 0532 0130 00 ab", ["de89 3704 0044 0532 0130 00"]),
        ("iban", "xDE89370400440532013000 DE88370400440532013000", []),
        ("us_ssn", "078-05-1120, 078 05 1121", ["078-05-1120", "078 05 1121"]),
        ("us_ssn", "000-05-1120 666-05-1120 978-05-1120 078-00-1120 1078-05-1120 078-05-11201", []),
        ("email", "to <ann.o'x+y@mail.example.com>.", ["ann.o'x+y@mail.example.com"]),
        ("email", 'müller@exämple.de, "a b"@c.de', ["müller@exämple.de", '"a b"@c.de']),
        ("email", "a@b, @c.de, a@", []),
        ("/KD-(?:[0-9]{4})/", "KD-1234 KD-12 é KD-9999", ["KD-1234", "KD-9999"]),
    ],
)
def test_only_what_is_meant_is_found(kind: str, text: str, values: list[str]) -> None:
    assert found(kind, text) == values


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("cards", "is not known: give card_number"),
        ("//", "is not known"),
        ("/(/", "missing"),
        (r"/(a)\1/", "invalid escape"),
        ("/a(?=b)/", "invalid"),
        ("/a*/", "matches where nothing is"),
    ],
)
def test_what_is_no_pattern_is_told(said: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        compile_pattern(said)


def test_a_customers_pattern_takes_linear_time() -> None:
    start = time.process_time()
    assert found("/(a+)+(a+)+$/", "a" * 50_000 + "b") == []
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("kind", "text"), [("card_number", "123 " * 100_001), ("iban", "DE89 " * 20_010)]
)
def test_a_text_of_nothing_but_numbers_is_blocked(kind: str, text: str) -> None:
    with pytest.raises(Unreadable, match="more numbers"):
        found(kind, text)
