"""Who may begin an export when, whose turn it is, and when one is over."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gateway.audit.reading.choice import Choice
from gateway.console.export_values import ExportOrder
from gateway.errors import Refused
from gateway.sessions.export_rules import (
    AT_ONCE,
    KEPT_MS,
    MOST,
    MOST_OF_ONE,
    PATIENCE_MS,
    Kept,
    Scope,
    admitted,
    has_file,
    may_run,
    now_is,
    says,
)

NOW = 1_795_319_163_000


def an_export(name: str, operator: str = "ada", **more: object) -> Kept:
    kept = Kept(
        id=name,
        operator=operator,
        order=ExportOrder(format="json"),
        choice=Choice(),
        scope=Scope(all=True),
        asked_at=NOW,
        beat=NOW,
    )
    return replace(kept, **more)


def ready(name: str, operator: str = "ada") -> Kept:
    return an_export(name, operator, state="ready", until=NOW + KEPT_MS)


def test_one_at_a_time_is_written_for_an_operator() -> None:
    new = an_export("new")
    assert admitted([an_export("a", "sam"), ready("b")], new, NOW) == []
    for state in ("waiting", "running"):
        with pytest.raises(Refused, match="export_busy"):
            admitted([an_export("a", state=state)], new, NOW)
    left = an_export("a", state="running", beat=NOW - PATIENCE_MS - 1)
    assert admitted([left], new, NOW) == ["a"]


def test_few_are_kept_of_one_and_of_all() -> None:
    new = an_export("new")
    own = [ready(str(n)) for n in range(MOST_OF_ONE)]
    with pytest.raises(Refused, match="exports_full"):
        admitted(own, new, NOW)
    assert admitted([*own[1:], replace(own[0], state="failed")], new, NOW) == ["0"]
    assert admitted(own, new, NOW + KEPT_MS) == [each.id for each in own]
    others = [ready(str(n), f"o{n}") for n in range(MOST)]
    with pytest.raises(Refused, match="exports_full"):
        admitted(others, new, NOW)
    assert len(admitted(others, new, NOW + 2 * KEPT_MS + 1)) == MOST


def test_the_longest_waiting_is_next_when_few_are_written() -> None:
    running = [an_export(f"r{n}", state="running") for n in range(AT_ONCE)]
    first, second = an_export("b", asked_at=NOW - 1), an_export("a")
    assert may_run([second, first], "b", NOW)
    assert not may_run([second, first], "a", NOW)
    assert not may_run([*running, first], "b", NOW)
    assert may_run([*running[1:], first], "b", NOW)
    assert may_run([first, second], "a", NOW + 0) is False
    gone = replace(first, beat=NOW - PATIENCE_MS - 1)
    assert may_run([gone, second], "a", NOW)


def test_one_that_nobody_writes_has_failed_and_an_old_one_is_gone() -> None:
    later = NOW + PATIENCE_MS + 1
    assert now_is(an_export("a", state="running"), later).why == "export_broken_off"
    assert now_is(ready("a"), NOW + KEPT_MS - 1).state == "ready"
    assert now_is(ready("a"), NOW + KEPT_MS).state == "expired"
    assert has_file(ready("a"), NOW)
    for one in (None, an_export("a", state="failed"), replace(ready("a"), until=NOW)):
        assert not has_file(one, NOW)
    assert not has_file(an_export("a", state="running"), later)


def test_whoever_sees_a_part_is_not_told_how_much_there_is() -> None:
    kept = an_export("a", read=900, of=1000, taken=3, share=0.9)
    told = says(kept, NOW)
    assert (told.read, told.of, told.share) == (900, 1000, 0.9)
    told = says(replace(kept, scope=Scope(accounts=(("crm", "n"),), bare=True)), NOW)
    assert (told.read, told.of, told.share) == (3, None, 0.9)
