"""A session summed up, and how it was spread over its time."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.reading.activity import MOST_BUCKETS, Activity
from gateway.audit.record import timestamp


def a_record(kind: str, at: int = 0, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "at": timestamp(1_795_319_163_123 + at), "request": "r", **more}


def test_what_counts_as_what() -> None:
    told = Activity()
    hid = [
        {"rule": "n", "category": "notes", "count": 2},
        {"rule": "m", "category": "notes", "count": 1},
    ]
    for each in (
        a_record("session.started"),
        a_record("request.intent", method="GET"),
        a_record("request.outcome", status=200, redactions=hid),
        a_record("request.intent", method="PUT"),
        a_record("request.outcome", status=204, would="redaction", redactions=hid),
        a_record("request.intent", method="GET"),
        a_record("request.outcome", status=502, reason="upstream_unreachable"),
        a_record("request.refused", decision="deny", status=403),
        a_record("message.sent", mode="read_write", decision="allow"),
        a_record("message.sent", mode="read_only", decision="allow"),
        a_record("message.refused", decision="deny"),
        a_record("request.body"),
        a_record("operator.refused", decision="deny"),
    ):
        told.add(each)
    assert (told.requests, told.changes, told.refused, told.errors) == (3, 2, 2, 1)
    assert told.hidden == {"notes": 3}
    assert (told.bars.requests, told.bars.refused) == ((3,), (2,))


@given(st.lists(st.tuples(st.integers(-5000, 10**9), st.booleans()), min_size=1))
def test_bars_hold_everything_in_at_most_sixty_parts(at: list[tuple[int, bool]]) -> None:
    told = Activity()
    for ms, refused in at:
        told.add(a_record("request.refused" if refused else "request.intent", ms, method="GET"))
    bars = told.bars
    assert len(bars.requests) == len(bars.refused) <= MOST_BUCKETS
    assert sum(bars.refused) == sum(refused for _, refused in at)
    assert sum(bars.requests) == len(at) - sum(bars.refused)


@given(st.lists(st.integers(0, 10**8), min_size=1, max_size=50))
def test_each_part_holds_what_happened_in_it(at: list[int]) -> None:
    at = [0, *sorted(at)]
    told = Activity()
    for ms in at:
        told.add(a_record("request.intent", ms, method="GET"))
    width = told.bars.width_ms
    assert list(told.bars.requests) == [
        sum(number * width <= ms < (number + 1) * width for ms in at)
        for number in range(len(told.bars.requests))
    ]
