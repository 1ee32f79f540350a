"""What is put in an outbox is written in a row, and followed by what it leads to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from structlog.testing import capture_logs

from gateway.shortcut.outbox import Outbox


async def test_all_is_written_in_order_before_anything_follows() -> None:
    outbox, seen = Outbox(), list[str]()

    def write(name: str) -> Callable[[], None]:
        seen.append(name)
        return lambda: seen.append(f"after {name}")

    for name in "abc":
        outbox.put(partial(write, name))
    outbox.put(lambda: seen.append("d"))
    assert seen == []
    await asyncio.sleep(0)
    assert seen == ["a", "b", "c", "d", "after a", "after b", "after c"]


async def test_what_is_put_in_while_others_are_written_goes_in_the_next_turn() -> None:
    outbox, seen = Outbox(), list[str]()

    def again() -> None:
        seen.append("first")
        outbox.put(lambda: seen.append("second"))

    outbox.put(again)
    await asyncio.sleep(0)
    assert seen == ["first"]
    await asyncio.sleep(0)
    assert seen == ["first", "second"]


async def test_who_fails_keeps_nobody_else_from_being_written() -> None:
    outbox, seen = Outbox(), list[str]()

    def fail() -> None:
        raise RuntimeError

    def write() -> Callable[[], None]:
        seen.append("written")
        return fail

    with capture_logs() as logs:
        for each in fail, write, write:
            outbox.put(each)
        await asyncio.sleep(0)
    assert seen == ["written", "written"]
    assert [each["event"] for each in logs] == ["outbox.step_failed"] * 3
