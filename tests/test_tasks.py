"""A task that is ended is over, whatever it makes of a cancellation."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from gateway import tasks
from gateway.tasks import end


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
