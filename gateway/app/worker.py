"""One worker: a gateway in a process of its own, under a supervisor (`supervisor`).

Run as `python -m gateway.app.worker`, with its `Job` on standard input. It ends with the
supervisor, whatever that ends of: nobody else would start its followers, or tell it of them.
"""

from __future__ import annotations

import asyncio
import pickle
import signal
import socket
import sys

import uvloop

from gateway.app.build import build
from gateway.app.clock import wall_clock
from gateway.app.control import (
    Ask,
    Channel,
    Failed,
    HaveEnded,
    Job,
    Leaving,
    Order,
    Serving,
    Share,
    Told,
)
from gateway.app.gateway import Gateway
from gateway.app.health import Health
from gateway.app.log import log_as_json
from gateway.app.serve import accept, running, spare_the_collector
from gateway.app.signals import first_of, told_to_stop
from gateway.app.storing import store_of
from gateway.errors import GatewayError
from gateway.listener.server import Listener
from gateway.store.guard import die_with
from gateway.tasks import end


class Accepting:
    """Takes connections from a share of the supervisor's sockets."""

    def __init__(self, sockets: tuple[int, ...], listener: Listener) -> None:
        self._sockets = tuple(socket.socket(fileno=each) for each in sockets)
        self._listener = listener
        self._servers: dict[int, asyncio.Server] = {}
        self._closed = False

    async def share(self, numbers: tuple[int, ...]) -> None:
        """Take them from these sockets, and from no others."""
        for number in self._servers.keys() - set(numbers):
            self._servers.pop(number).close()
        for number in set(numbers) - self._servers.keys():
            if not self._closed:
                own = self._sockets[number].dup()  # a server closes its socket with itself
                self._servers[number] = await accept(self._listener, own)

    def close(self) -> None:
        """Take no more, now and later; what waits is for the others, where there are any."""
        self._closed = True
        for server in self._servers.values():
            server.close()
        for each in self._sockets:
            each.close()


async def work(job: Job) -> int:
    """Serve until the supervisor, or a signal, says stop; give the exit status."""
    stop = told_to_stop()
    channel: Channel[Order] = await Channel.over(Order, socket.socket(fileno=job.control))
    try:
        async with store_of(job.config) as (store, _):
            name = f"Worker {job.number + 1} of {job.count}."
            gateway = build(job.config, store, wall_clock, name)
            await _serve(gateway, job.sockets, channel, stop)
        if gateway.emitter.taken_for_dead.is_set():
            raise gateway.emitter.no_room()
    except GatewayError as why:
        channel.say(Failed(code=why.code, detail=why.detail, advice=why.advice))
        return 1
    else:
        return 0
    finally:
        await channel.close()


async def _serve(
    gateway: Gateway, sockets: tuple[int, ...], channel: Channel[Order], stop: asyncio.Event
) -> None:
    accepting = Accepting(sockets, gateway.listener)
    orders = asyncio.create_task(_obey(gateway, accepting, channel, stop), name="orders")
    try:
        async with running(gateway):
            channel.say(Serving(writer=gateway.emitter.writer))
            await first_of(stop, gateway.emitter.taken_for_dead)
            accepting.close()
            channel.say(Leaving())
    finally:
        await end(orders)
    channel.say(Told(number=0, metrics=await Health(gateway).metrics(), unready="it has ended"))


async def _obey(
    gateway: Gateway, accepting: Accepting, channel: Channel[Order], stop: asyncio.Event
) -> None:
    """Do what the supervisor says; without one, stop."""
    health = Health(gateway)

    async def tell(asked: Ask) -> None:
        unready = await health.unready() if asked.ready else ""
        metrics = await health.metrics()
        channel.say(Told(number=asked.number, metrics=metrics, unready=unready))

    try:
        async with asyncio.TaskGroup() as beside:
            async for order in channel:
                match order:
                    case Share():
                        await accepting.share(order.sockets)
                    case HaveEnded():
                        beside.create_task(gateway.have_ended(order.writers))
                    case Ask():
                        beside.create_task(tell(order))
    finally:
        stop.set()


def main() -> None:
    """Be a worker, as standard input says."""
    try:
        job: Job = pickle.load(sys.stdin.buffer)  # noqa: S301 - the supervisor's own words
    except EOFError:  # it ended before it could say any
        sys.exit(1)
    die_with(job.supervisor, signal.SIGKILL)
    log_as_json(worker=job.number + 1)
    spare_the_collector()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sys.exit(runner.run(work(job)))


if __name__ == "__main__":
    main()
