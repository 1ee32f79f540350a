"""Form bodies: hidden fields are gone, whatever their names are spelled like."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Unreadable
from gateway.redaction.hiding import MASK, keyed_hash
from tests.redaction.support import HASH_KEY, redact_body, rule, select

HIDDEN = select(rule("ids", fields=["ssn", "refresh_token"]))
SHOWN = st.text("aé &=+;%[]", max_size=4)
NAMES = SHOWN.filter(lambda name: "%aa" not in name)
"""Of a name that is escaped twice the gateway cannot know what a reader takes it for."""


@pytest.mark.threat(31)
@pytest.mark.threat(36)
@given(
    st.lists(
        st.tuples(NAMES, SHOWN)
        | st.tuples(
            st.sampled_from(["ssn", "Refresh Token", "user[ssn]", "ssn[]", "a.ssn.b", "ｓｓｎ"]),
            st.just("CANARY"),
        ),
        min_size=1,
    ),
    st.lists(st.integers(0, 200), max_size=5),
)
def test_row_31_and_36_a_reader_gets_the_form_without_its_hidden_fields(
    pairs: list[tuple[str, str]], cuts: list[int]
) -> None:
    out, remarks = redact_body("form", urlencode(pairs).encode(), HIDDEN, cuts=cuts)
    shown = [pair for pair in pairs if pair[1] != "CANARY"]
    assert parse_qsl(out.decode(), keep_blank_values=True) == shown
    assert sum(each.count for each in remarks) == len(pairs) - len(shown)


def test_a_form_of_more_fields_than_any_reader_takes_is_blocked() -> None:
    with pytest.raises(Unreadable, match="more fields"):
        redact_body("form", b"a=1&" * 10_000, HIDDEN)


def test_a_mask_and_a_hash_leave_the_field() -> None:
    rules = rule("m", fields=["a"], action="mask"), rule("h", fields=["b"], action="hash")
    out, _ = redact_body("form", b"a=1&b=x+%26y&%61=2&c=%2f", select(*rules))
    code = keyed_hash(HASH_KEY, "x &y")
    assert parse_qsl(out.decode()) == [("a", MASK), ("b", code), ("a", MASK), ("c", "/")]
    assert out.endswith(b"&c=%2f")


@pytest.mark.threat(31)
@pytest.mark.threat(35)
@pytest.mark.parametrize(
    "body",
    [
        b"a=1;ssn=2",
        b"a=1&%2573sn=2",
        b"a=%zz",
        b"a=1\n",
        b"a=%e9",
        b"a=%00",
        b"a=\xc3\xa9",
        b"a=%7B%22ssn%22%3A+1%7D",
    ],
)
def test_row_31_and_35_a_form_in_doubt_is_blocked(body: bytes) -> None:
    with pytest.raises(Unreadable):
        redact_body("form", body, HIDDEN)
