"""A session summed up for the user that it was for."""

from __future__ import annotations

from typing import Any

from gateway.audit.reading.visits import MOST_CHANGES, Change, Tally

AT = "2026-11-22T05:00:00.000Z"


def a_record(kind: str, request: str = "", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "at": AT, "request": request, **more}


def tally(*records: dict[str, Any]) -> Tally:
    """Sum up records that are given the oldest first."""
    found = Tally()
    for each in reversed(records):
        found.add(each)
    return found


def test_requests_changes_and_refusals_are_counted() -> None:
    found = tally(
        a_record("session.started"),
        a_record("request.intent", "1", method="GET", target="/a"),
        a_record("request.intent", "2", method="PUT", target="/b?x=*"),
        a_record("request.outcome", "2", status=204),
        a_record("request.outcome", "1", status=200),
        a_record("request.refused", decision="deny", method="POST", target="/c"),
        a_record("message.refused", decision="deny"),
        a_record("request.intent", "3", method="DELETE", target="/d"),
        a_record("session.ended", reason="left"),
    )
    assert (found.requests, found.refused, found.changed) == (3, 2, 2)
    assert found.changes == [Change(AT, "DELETE", "/d", 0), Change(AT, "PUT", "/b", 204)]
    assert found.end["reason"] == "left"
    assert not found.elevated


def test_what_was_hidden_and_shown_is_summed_up_by_category() -> None:
    hides = [{"rule": "r", "category": "notes", "count": 2}]
    more = [*hides, {"rule": "s", "category": "mail", "count": 1}]
    found = tally(
        a_record("request.outcome", "1", redactions=hides),
        a_record("request.outcome", "2", redactions=more, shown=["salary"]),
        a_record("request.outcome", "3", redactions=more, would="redaction", shown=["notes"]),
    )
    assert found.hidden == {"notes": 4, "mail": 1}
    assert set(found.shown) == {"notes", "salary"}


def test_messages_count_where_they_may_change_something() -> None:
    found = tally(
        a_record("message.sent", "1", mode="read_only", target="/ws"),
        a_record("message.sent", "1", mode="read_write", target="/ws"),
        a_record("session.elevated"),
    )
    assert (found.changed, found.changes[0].method, found.elevated) == (1, "WebSocket", True)


def test_of_many_changes_the_last_are_kept() -> None:
    found = tally(
        *(a_record("request.intent", str(n), method="POST", target=f"/{n}") for n in range(80))
    )
    assert (found.changed, len(found.changes)) == (80, MOST_CHANGES)
    assert found.changes[0].path == "/79"


def test_outcomes_without_requests_do_not_pile_up() -> None:
    found = tally(*(a_record("request.outcome", str(n), status=200) for n in range(5000)))
    assert len(found._status) <= 1000


def test_no_text_of_a_request_can_be_more_than_text() -> None:
    found = tally(a_record("request.intent", "1", method="PUT", target="/\u202e\x1b[2J"))
    assert found.changes[0].path == "/\\u202e\\x1b[2J"
