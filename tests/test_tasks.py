"""A task that is ended is over, whatever it makes of a cancellation."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from gateway import tasks
from gateway.tasks import end, lasting


async def forever() -> None:
    await asyncio.Event().wait()


async def test_a_task_is_over_when_it_was_ended() -> None:
    task = asyncio.create_task(forever())
    await end(task)
    assert task.cancelled()
    await end(task)


async def test_one_that_takes_the_cancellation_for_a_fault_is_ended_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks, "_AGAIN", 0.01)
    tries: list[str] = []

    async def tries_again() -> None:
        while True:
            tries.append("again")
            try:
                await forever()
            except asyncio.CancelledError:
                if len(tries) > 2:
                    raise

    task = asyncio.create_task(tries_again())
    await asyncio.sleep(0)  # it has begun
    await end(task)
    assert task.cancelled()
    assert len(tries) == 3


async def test_what_a_task_failed_of_is_logged_and_keeps_nobody_from_going_on() -> None:
    async def fails() -> None:
        raise LookupError("a key")

    task = asyncio.create_task(fails(), name="housekeeping")
    await asyncio.wait((task,))
    with capture_logs() as logs:
        await end(task)
    assert [(each["event"], each["task"], repr(each["exc_info"])) for each in logs] == [
        ("task.failed", "housekeeping", "LookupError('a key')")
    ]


async def test_what_must_last_begins_anew_whatever_it_fails_of_and_says_so_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks, "_REST", 0.0)
    begun: list[str] = []

    async def fails_twice() -> None:
        begun.append("again")
        if len(begun) < 3:
            raise LookupError("a key")

    with capture_logs() as logs:
        await lasting(fails_twice, "sweeper")
    assert len(begun) == 3
    assert [(each["event"], each["task"], each["log_level"]) for each in logs] == [
        ("task.failed", "sweeper", "error")
    ] * 2


async def test_what_lasts_is_ended_as_others_are() -> None:
    task = lasting(forever, "sweeper")
    await asyncio.sleep(0)  # it has begun
    await end(task)
    assert task.cancelled()
