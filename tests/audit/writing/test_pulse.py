"""Whatever the timing, no intent without an outcome in the stream stands before the position."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.writing.pulse import Horizon


@given(st.lists(st.sampled_from(["intent", "outcome", "write", "beat", "snapshot"]), max_size=60))
def test_what_is_open_stands_after_the_position(acts: list[str]) -> None:
    put: list[int] = []  # of each record put: its request
    open_: dict[int, int] = {}  # request -> seq of its intent, while no outcome was put
    written = 0
    horizon = Horizon()
    horizon.beat(1, 0, 0, "0")
    before = (1, 0)
    for act in acts:
        if act == "intent":
            put.append(len(put))
            open_[put[-1]] = len(put)
        elif act == "outcome" and open_:
            request = next(reversed(open_))
            put.append(request)
            del open_[request]
        elif act == "write":
            written = len(put)
        elif act == "snapshot":  # from before the beat; meanwhile more is put and written
            before = (next(iter(open_.values()), len(put) + 1), len(put))
        elif act == "beat":
            horizon.beat(*before, written, str(written))
        in_stream = put[:written]
        lacking = [r for r in in_stream if in_stream.count(r) == 1]
        assert all(in_stream.index(r) + 1 > int(horizon.position) for r in lacking)


def test_the_position_follows_and_waits_for_the_oldest() -> None:
    horizon = Horizon()
    assert horizon.position == ""
    for beat, position in (
        ((1, 0, 0, "a"), "a"),
        ((1, 5, 5, "b"), "a"),
        ((6, 8, 7, "c"), "a"),  # the outcomes are put and not yet written
        ((9, 9, 9, "d"), "b"),
        ((10, 9, 9, "e"), "e"),
    ):
        horizon.beat(*beat)
        assert horizon.position == position
