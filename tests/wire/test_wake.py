"""A wait that ends at once, beside what asyncio's future does."""

from __future__ import annotations

import asyncio

import pytest

from gateway.wire.wake import Wake


class Sleeper:
    """A task that waits once, and what it did."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.wake = Wake(loop)
        self.did: list[str] = []
        self.task = loop.create_task(self._sleep())

    async def _sleep(self) -> None:
        self.did.append("waits")
        try:
            await self.wake
        except asyncio.CancelledError:
            self.did.append("cancelled")
            raise
        self.did.append("goes on")


async def asleep() -> Sleeper:
    sleeper = Sleeper()
    await asyncio.sleep(0)
    assert sleeper.did == ["waits"]
    return sleeper


async def test_outside_of_tasks_the_waiter_goes_on_within_the_ring() -> None:
    sleeper = await asleep()
    seen: list[list[str]] = []

    def ring() -> None:
        sleeper.wake.ring()
        seen.append(list(sleeper.did))

    asyncio.get_running_loop().call_soon(ring)
    await sleeper.task
    assert seen == [["waits", "goes on"]]


async def test_within_a_task_the_waiter_goes_on_in_the_next_turn() -> None:
    sleeper = await asleep()
    sleeper.wake.ring()
    assert sleeper.did == ["waits"]
    await sleeper.task
    assert sleeper.did == ["waits", "goes on"]


async def test_soon_is_in_the_next_turn() -> None:
    sleeper = await asleep()
    seen: list[list[str]] = []

    def ring() -> None:
        sleeper.wake.ring_soon()
        seen.append(list(sleeper.did))

    asyncio.get_running_loop().call_soon(ring)
    await sleeper.task
    assert seen == [["waits"]]


@pytest.mark.parametrize("soon", [False, True])
async def test_a_wait_that_is_over_is_none(soon: bool) -> None:
    wake = Wake(asyncio.get_running_loop())
    if soon:
        wake.ring_soon()
    else:
        wake.ring()
    assert wake.done()
    await wake
    await wake


async def test_it_ends_once() -> None:
    sleeper = await asleep()
    sleeper.wake.ring_soon()
    asyncio.get_running_loop().call_soon(sleeper.wake.ring)
    sleeper.wake.ring_soon()
    assert not sleeper.wake.cancel()
    await sleeper.task
    assert sleeper.did == ["waits", "goes on"]


async def test_cancelling_the_task_ends_the_wait() -> None:
    sleeper = await asleep()
    sleeper.task.cancel()
    await asyncio.wait((sleeper.task,))
    assert sleeper.task.cancelled()
    assert sleeper.did == ["waits", "cancelled"]


async def test_cancelling_after_the_ring_still_cancels_the_task() -> None:
    sleeper = await asleep()
    sleeper.wake.ring_soon()
    sleeper.task.cancel()
    await asyncio.wait((sleeper.task,))
    assert sleeper.task.cancelled()


async def test_a_deadline_ends_the_wait() -> None:
    wake = Wake(asyncio.get_running_loop())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await wake


async def test_what_the_waiter_raises_is_the_tasks_own() -> None:
    wake = Wake(asyncio.get_running_loop())
    after: list[str] = []

    async def fail() -> None:
        await wake
        raise LookupError

    def ring() -> None:
        wake.ring()
        after.append("returned")

    task = asyncio.create_task(fail())
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_soon(ring)
    with pytest.raises(LookupError):
        await task
    assert after == ["returned"]
