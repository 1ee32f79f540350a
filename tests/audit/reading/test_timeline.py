from __future__ import annotations

from typing import Any

import pytest

from gateway.audit.reading.timeline import Step, steps


def a_record(kind: str, request: str = "", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "at": "2026-11-22T05:00:00.000Z", "request": request, **more}


def test_requests_that_overlap_get_their_own_outcomes() -> None:
    one = a_record("request.intent", "1", method="GET", target="/1")
    two = a_record("request.intent", "2", method="PUT", target="/2")
    done_2, done_1 = a_record("request.outcome", "2"), a_record("request.outcome", "1")
    told = steps([one, two, done_2, done_1])
    assert [(step.told, step.outcome) for step in told] == [(one, done_1), (two, done_2)]
    assert [step.changes for step in told] == [False, True]


def test_what_has_no_partner_is_a_step_of_its_own() -> None:
    alone = a_record("request.intent", "1", method="GET", target="/1")
    late = a_record("request.outcome", "0", reason="unknown")
    refused = a_record("request.refused", "2", decision="deny")
    told = steps([late, alone, refused])
    assert [step.told for step in told] == [late, alone, refused]
    assert str(told[1]).endswith("GET /1 under way, or not known")
    assert [step.refused for step in told] == [False, False, True]


def test_bodies_stand_with_their_request() -> None:
    sent = a_record("request.body", "1", bytes_in=2, media="application/json", body="{}")
    told = a_record("request.intent", "1", method="POST", target="/a")
    got = a_record("response.body", "1", bytes_out=90, media="text/plain", body="a" * 70)
    done = a_record("request.outcome", "1", status=200, ms=3)
    [step] = steps([sent, told, got, done])
    assert (step.told, step.outcome, step.bodies) == (told, done, [sent, got])
    assert str(step).endswith(f"sent: 2 B application/json {{}} got: 90 B text/plain {'a' * 60}…")


def test_a_long_body_is_known_late_and_one_that_went_nowhere_stands_alone() -> None:
    told = a_record("request.intent", "1", method="POST", target="/a")
    late = a_record("request.body", "1", bytes_in=9, reason="too_long")
    alone = a_record("request.body", "2", bytes_in=2, body="{}")
    first, second = steps([told, late, a_record("request.outcome", "1"), alone])
    assert (first.told, first.bodies) == (told, [late])
    assert str(first).endswith("sent: 9 B (too_long)")
    assert second.told == alone


def test_what_failed_or_was_hidden_shows() -> None:
    told = a_record("request.intent", "1", method="POST", target="/g", detail="query A")
    hidden = [{"rule": "n", "category": "notes", "count": 2}]
    step = Step(told, {"status": 502, "reason": "app_silent", "redactions": hidden, "ms": 9})
    assert (step.refused, step.hidden) == (True, hidden)
    assert str(step).endswith("POST /g 502 0 B in 9 ms (app_silent) hidden: 2 notes [query A]")


@pytest.mark.threat(47)
def test_row_47_nothing_in_a_line_moves_a_terminals_cursor() -> None:
    told = a_record(
        "request.intent", "1", method="GET", target="/\x1b[2J\u202e", actor={"id": "a\x1b"}
    )
    session = Step(a_record("session.started", why="\x07", ticket="\n"), {"at": "x\r"})
    for said in (str(Step(told)), Step(told).actor, session.as_session):
        assert said.isprintable()
