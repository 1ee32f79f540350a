from __future__ import annotations

import asyncio

from gateway.wire.alarm import Alarm


async def test_it_rings_once_when_the_time_has_come() -> None:
    loop = asyncio.get_running_loop()
    rung = asyncio.Event()
    times: list[float] = []

    def ring() -> None:
        times.append(loop.time())
        rung.set()

    alarm = Alarm(loop, ring)
    start = loop.time()
    alarm.set(0.02)
    await rung.wait()
    assert times[0] - start > 0.015
    alarm.set(0.01)
    rung.clear()
    await rung.wait()
    assert len(times) == 2


async def test_the_last_time_set_counts_earlier_or_later() -> None:
    loop = asyncio.get_running_loop()
    rung = asyncio.Event()
    alarm = Alarm(loop, rung.set)
    start = loop.time()
    alarm.set(60)
    alarm.set(0.01)
    alarm.set(0.05)
    await rung.wait()
    assert 0.045 < loop.time() - start < 30


async def test_it_does_not_ring_when_it_is_off_or_stopped() -> None:
    loop = asyncio.get_running_loop()
    rings: list[str] = []
    off, stopped = Alarm(loop, lambda: rings.append("off")), Alarm(loop, lambda: rings.append("s"))
    done = asyncio.Event()
    last = Alarm(loop, done.set)
    off.set(0.01)
    off.off()
    stopped.set(0.01)
    stopped.stop()
    last.set(0.04)
    await done.wait()
    assert rings == []


async def test_a_busy_connection_makes_few_timers() -> None:
    loop = asyncio.get_running_loop()
    timers = 0
    call_at = loop.call_at

    class Counting:
        time = staticmethod(loop.time)

        def call_at(self, *args):  # type: ignore[no-untyped-def]  # passes on whatever it is given
            nonlocal timers
            timers += 1
            return call_at(*args)

    alarm = Alarm(Counting(), lambda: None)  # type: ignore[arg-type]  # the two methods it uses
    for _ in range(1000):
        alarm.set(60)
        alarm.off()
        alarm.set(15)
    alarm.stop()
    assert timers == 2
