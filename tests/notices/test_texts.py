"""The words of notices: all kinds have some, and what is not told does not appear."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gateway.notices.notice import Notice, NoticeKind
from gateway.notices.texts import text_of
from tests.notices.support import AT, NOTICE


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_kind_has_words_without_a_place_left_open(kind: NoticeKind) -> None:
    for notice in (
        Notice(id="x", kind=kind, at=AT),
        replace(NOTICE, kind=kind, decision="refused", by="Mo", why="Not now"),
    ):
        text = text_of(notice)
        for part in (text.subject, text.opening, text.closing):
            assert part
            assert "{" not in part
            assert "  " not in part


def test_a_session_says_who_acts_for_whom_and_how_long() -> None:
    text = text_of(NOTICE)
    assert text.subject == "Sam Rivera acts on behalf of Jonas Weber"
    assert dict(text.lines) == {
        "Who": "Sam Rivera",
        "Profile": "Support",
        "On behalf of": "Jonas Weber",
        "Account": "Nordlicht GmbH",
        "Where": "CRM",
        "Mode": "looks only",
        "From": "2026-11-22 03:46 UTC",
        "Until, at the latest": "2026-11-22 04:16 UTC",
        "Reason": "Looks into the import",
        "Ticket": "CS-7",
        "More": "https://acting.example.com/_gateway/",
    }


def test_what_is_empty_is_left_out() -> None:
    labels = {label for label, _ in text_of(replace(NOTICE, reason="", ticket="", until=0)).lines}
    assert not labels & {"Reason", "Ticket", "Until, at the latest", "Decision"}


def test_names_with_places_and_turning_characters_are_only_names() -> None:
    text = text_of(replace(NOTICE, who="{whom}\u202e\r\nBcc: x", whom="{who}"))
    assert text.subject == "{whom} Bcc: x acts on behalf of {who}"


def test_long_values_are_cut_where_one_sees_it() -> None:
    reason = dict(text_of(replace(NOTICE, reason="é" * 5000)).lines)["Reason"]
    assert len(reason) == 300
    assert reason.endswith("…")
