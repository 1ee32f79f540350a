from __future__ import annotations

import asyncio

import pytest

from gateway.store.deadline import Deadline


async def test_what_takes_too_long_is_ended() -> None:
    deadline = Deadline(0.05)
    started = asyncio.get_running_loop().time()
    with pytest.raises(TimeoutError), deadline:
        await asyncio.sleep(5)
    assert 0.04 < asyncio.get_running_loop().time() - started < 2
    await asyncio.sleep(0)  # nothing of the cancellation is left
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_each_block_has_its_own_time() -> None:
    deadline = Deadline(0.2)
    for _ in range(6):
        with deadline:
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.3)  # the timer looks while nobody is in a block
    with pytest.raises(TimeoutError), deadline:
        await asyncio.sleep(5)
    with deadline:
        await asyncio.sleep(0.05)


async def test_another_s_cancellation_stays_one() -> None:
    deadline = Deadline(0.05)

    async def work() -> None:
        with deadline:
            await asyncio.sleep(5)

    for early in (True, False):
        task = asyncio.create_task(work())
        await asyncio.sleep(0 if early else 0.01)
        task.cancel()
        await asyncio.wait((task,))
        assert task.cancelled()
    with deadline:
        await asyncio.sleep(0.01)


async def test_a_cancellation_whose_end_takes_too_long_stays_one() -> None:
    async def work() -> None:
        with Deadline(0.05):
            try:
                await asyncio.sleep(5)
            finally:
                await asyncio.sleep(5)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait((task,))
    assert task.cancelled()


async def test_an_end_is_of_its_block_alone() -> None:
    deadline = Deadline(0.05)

    async def work() -> None:
        with pytest.raises(TimeoutError), deadline:
            await asyncio.sleep(5)
        with deadline:
            task.cancel()
            await asyncio.sleep(0.01)

    task = asyncio.create_task(work())
    await asyncio.wait((task,))
    assert task.cancelled()


async def test_what_no_task_runs_is_not_left_unbounded() -> None:
    loop = asyncio.get_running_loop()
    tried: asyncio.Future[str] = loop.create_future()

    def enter() -> None:
        with pytest.raises(RuntimeError), Deadline(1):
            tried.set_result("unbounded")
        tried.set_result("refused")

    loop.call_soon(enter)
    assert await tried == "refused"


async def test_an_error_of_the_block_stays_itself() -> None:
    deadline = Deadline(5)
    with pytest.raises(KeyError), deadline:
        raise KeyError("ours")
    with pytest.raises(ConnectionError), Deadline(0.05):
        await _cut()
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def _cut() -> None:
    try:
        await asyncio.sleep(5)
    except asyncio.CancelledError:
        raise ConnectionError("what the block made of it") from None
