"""What is shown of a ticket: what the config names, as plain text, and nothing in doubt."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.tickets.shows import LONGEST, Shows, TicketSays

SHOWS = Shows("$.state", "$.by.name", "$.at")
AT = 1_795_319_163_000
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["state", "by", "at"]), inner),
)


def test_texts_and_a_time_are_shown() -> None:
    said = {"state": "Open", "by": {"name": "Jonas Weber", "phone": "1"}, "at": AT, "more": "2"}
    assert SHOWS.of(said) == TicketSays(status="Open", asked_by="Jonas Weber", asked_at=AT)


def test_nothing_is_shown_that_was_not_named() -> None:
    assert Shows().of({"state": "Open", "at": AT}) == TicketSays()
    assert Shows(status="$.states[*]").of({"states": ["Open", "Closed"]}) == TicketSays()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\nb\tc", "a b c"),
        ("Jonas\u202eresu", "Jonas resu"),
        ("half\ud83d", "half"),
        ("x" * 500, "x" * LONGEST),
        ("<b>bold</b>", "<b>bold</b>"),
        (7, ""),
        (["Open"], ""),
        (None, ""),
    ],
)
def test_a_text_is_one_plain_line(value: Any, text: str) -> None:
    assert SHOWS.of({"state": value}).status == text


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("2026-11-22T03:46:03Z", AT),
        ("2026-11-22T04:46:03.000+01:00", AT),
        (AT, AT),
        (AT // 1000, AT),
        ("2026-11-22T03:46:03", 0),
        ("2026-11-22", 0),
        ("yesterday", 0),
        ("9999-12-31T23:59:59Z", 0),
        ("0001-01-01T00:00:00+23:59", 0),
        (True, 0),
        (1.5e12, 0),
        (10**30, 0),
        (-AT, 0),
        (0, 0),
    ],
)
def test_a_time_is_one_or_is_not_shown(value: Any, at: int) -> None:
    assert SHOWS.of({"at": value}).asked_at == at


@given(JSON)
def test_whatever_a_desk_says_is_read(said: Any) -> None:
    says = SHOWS.of(said)
    assert len(says.status) <= LONGEST
    assert says.status.isprintable()
    assert says.asked_at >= 0


def test_a_path_that_is_none_is_a_fault() -> None:
    with pytest.raises(ValueError, match="not a JSONPath"):
        Shows(asked_by="$[")
