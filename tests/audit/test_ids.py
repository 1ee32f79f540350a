from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.ids import Ids

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def test_an_id_has_the_form_of_a_ulid() -> None:
    made = Ids(lambda: 1_795_319_163_123, 2**40 - 1)()
    assert re.fullmatch(f"[{CROCKFORD}]{{26}}", made)
    time = sum(CROCKFORD.index(c) * 32**place for place, c in enumerate(reversed(made[:10])))
    assert time == 1_795_319_163_123
    assert made[10:18] == "ZZZZZZZZ"


@given(clock=st.lists(st.integers(0, 2**48 - 1), min_size=1, max_size=50))
def test_ids_rise_even_when_the_clock_steps_back(clock: list[int]) -> None:
    ticks = iter(clock)
    ids = Ids(lambda: next(ticks), 7)
    made = [ids() for _ in clock]
    assert made == sorted(set(made))


def test_processes_do_not_share_ids() -> None:
    one, other = Ids(lambda: 5, 1), Ids(lambda: 5, 2)
    assert {one() for _ in range(2000)}.isdisjoint({other() for _ in range(2000)})
