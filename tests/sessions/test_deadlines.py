"""Who is over is found without a look at everybody."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.sessions.deadlines import Deadlines

names = st.sampled_from("abc")
times = st.integers(0, 9)


@given(st.lists(st.tuples(st.sampled_from(["set", "go", "take", "keep"]), names, times)))
def test_it_names_whom_a_look_at_all_of_them_names(steps: list[tuple[str, str, int]]) -> None:
    held: dict[str, int] = {}
    deadlines = Deadlines(held.get)
    for what, name, time in steps:
        if what == "set":
            held[name] = time  # one that is set anew may be due earlier: then it is added anew
            deadlines.add(name)
        elif what == "go":
            held.pop(name, None)
        elif what == "keep":
            deadlines.keep(held)
            assert len(deadlines) <= len(held)
        else:
            taken = deadlines.take(time)
            assert sorted(taken) == sorted(each for each in held if held[each] <= time)
            for each in taken:
                del held[each]


def test_nobody_is_looked_at_before_their_time() -> None:
    asked: list[str] = []

    def of(name: str) -> int:
        asked.append(name)
        return 1000 + int(name)

    deadlines = Deadlines(of)
    for number in range(500):
        deadlines.add(str(number))
    asked.clear()
    assert deadlines.take(999) == []
    assert asked == []
    assert deadlines.take(1001) == ["0", "1"]
    assert asked == ["0", "1"]
