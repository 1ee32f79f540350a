from __future__ import annotations

from typing import Any

import pytest

from gateway.audit.timeline import Step, steps


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
