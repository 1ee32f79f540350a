"""Several workers on one address, and the process above them that has what must be there once.

That is the store, when it is the embedded one; the listener for operations; the listening sockets;
and the knowledge of who lives. Each worker is a gateway of its own: it takes connections that the
kernel gives it, writes its own chain of records, and hears of ends by the store, as one on another
machine does. A worker that ends is followed by another in its place. Its sockets stay open here, so
that connections which waited for it are taken by others.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog

from gateway.app.child import Child, start_child
from gateway.app.control import HaveEnded, Share
from gateway.app.metrics import Metrics, together
from gateway.app.ops import answering
from gateway.app.restarts import Restarts, shares
from gateway.app.signals import told_to_stop
from gateway.app.sockets import listening, listening_together
from gateway.app.storing import store_of
from gateway.audit.writing.writers import Writers
from gateway.config import Config
from gateway.errors import GatewayError
from gateway.store.client import Store
from gateway.tasks import end, lasting

STOP = 40.0
"""Seconds that workers have to finish what is under way, and to write their records."""
LOOK_EVERY = 5.0
"""Seconds between looks whether the workers still answer."""
PATIENCE = 3
"""Looks in a row without an answer, after which a worker is taken for hung and killed."""
ANSWER = 1.0
"""Seconds that a worker has to say how it is, over those that it waits for the store."""

_log = structlog.get_logger("gateway")


async def supervise(config: Config, count: int) -> None:
    """Serve with `count` workers until SIGINT or SIGTERM.

    Raises:
        GatewayError: it cannot start.
    """
    stop = told_to_stop()
    public = listening_together(config.listen.host, config.listen.port, count)
    ops = listening(config.ops_listen.host, config.ops_listen.port)
    async with store_of(config) as (store, url):
        at = config.store.model_copy(update={"url": url})
        workers = Workers(config.model_copy(update={"store": at}), public)
        if config.store.url == "embedded":  # its folder is locked: whoever wrote there is gone
            workers.have_ended(await _writers(store, config.audit.shards))
        async with answering(ops, workers), workers.running():
            where = {"listen": str(config.listen), "ops": str(config.ops_listen)}
            _log.info("gateway.ready", workers=count, **where)
            await stop.wait()
            _log.info("gateway.stopping")


async def _writers(store: Store, shards: int) -> list[str]:
    writers = Writers(store)
    return sorted({writer for shard in range(shards) for writer in await writers.all(shard)})


class Workers:
    """The workers of one gateway: one for each of `sockets`, which listen on one address."""

    def __init__(self, config: Config, sockets: Sequence[socket.socket]) -> None:
        self._config = config
        self._sockets = sockets
        self._children: set[Child] = set()
        self._following: set[asyncio.Task[None]] = set()
        self._requests: Counter[str] = Counter()
        self._replaced = 0
        self._ended: list[str] = []

    def have_ended(self, writers: Sequence[str]) -> None:
        """Let a worker that serves close what these writers left open."""
        self._ended += writers
        serving = self._serving()
        if serving and self._ended:
            serving[0].say(HaveEnded(writers=tuple(self._ended)))
            self._ended.clear()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Let all workers serve while the block runs.

        Raises:
            GatewayError: one of them cannot start; none is left then.
        """
        loop = asyncio.get_running_loop()
        served = [loop.create_future() for _ in self._sockets]
        places = [
            asyncio.create_task(self._keep(number, first), name=f"worker {number + 1}")
            for number, first in enumerate(served)
        ]
        try:
            await asyncio.gather(*served)
            looking = lasting(self._look, "looking")
            places.append(looking)
            yield
        finally:
            for place in places:
                await end(place)
            await self._stop()

    async def metrics(self) -> Metrics:
        """Add up what all count."""
        await asyncio.gather(*(each.ask(ready=False, wait=ANSWER) for each in self._serving()))
        counted = [each.metrics for each in self._children if each.writer]
        serving = len(self._serving())
        return together(counted, self._requests, serving=serving, replaced=self._replaced)

    async def unready(self) -> str:
        """Why acting on behalf does not work in a worker that serves; empty when it does in all.

        One that is being replaced is not counted: the others take its connections.
        """
        serving = self._serving()
        if not serving:
            return "no worker serves"
        wait = self._config.audit.timeout + ANSWER
        for each, told in zip(
            serving,
            await asyncio.gather(*(each.ask(ready=True, wait=wait) for each in serving)),
            strict=True,
        ):
            if told is None and each.serving:
                return f"worker {each.number + 1} does not answer"
            if told is not None and told.unready:
                return told.unready
        return ""

    def _serving(self) -> list[Child]:
        return [each for each in self._children if each.serving]

    async def _keep(self, number: int, served: asyncio.Future[None]) -> None:
        """Keep a worker in a place, one after the other."""
        loop, restarts = asyncio.get_running_loop(), Restarts()
        while True:
            started = loop.time()
            try:
                child = await start_child(self._config, number, len(self._sockets), self._sockets)
            except OSError as fault:
                if not served.done():
                    served.set_exception(_never_served(number, str(fault)))
                    return
                pause = restarts.after(0)
                _log.error("worker.not_started", error=str(fault), in_seconds=pause)
                await asyncio.sleep(pause)
                continue
            self._children.add(child)
            task = asyncio.create_task(self._follow(child, served))
            self._following.add(task)
            task.add_done_callback(self._following.discard)
            await child.gone.wait()
            if not served.done() or served.exception():
                return  # its place never served: the gateway does not start
            pause = restarts.after(loop.time() - started)
            _log.warning("worker.replaced", worker=number + 1, in_seconds=pause)
            self._replaced += 1
            await asyncio.sleep(pause)

    async def _follow(self, child: Child, served: asyncio.Future[None]) -> None:
        """Act on what becomes of a worker, until it has ended."""
        async for _ in child.news():
            self._share()
            if child.serving:
                _log.info("worker.serves", worker=child.number + 1, pid=child.process.pid)
                if not served.done():
                    served.set_result(None)
        self._children.discard(child)
        self._requests.update(child.metrics.requests)
        status = child.process.returncode
        if not served.done():
            why = child.failure or _never_served(child.number, f"it ended with status {status}")
            served.set_exception(why)
        else:
            detail = child.failure.detail if child.failure else ""
            told = _log.warning if status else _log.info
            told("worker.ended", worker=child.number + 1, status=status, detail=detail)
        if child.writer:
            self.have_ended([child.writer])

    async def _look(self) -> None:
        """Kill a worker that hangs: its connections wait, and no session ends without its word."""
        silent: Counter[Child] = Counter()
        while True:
            await asyncio.sleep(LOOK_EVERY)
            serving = self._serving()
            told = await asyncio.gather(*(each.ask(ready=False, wait=ANSWER) for each in serving))
            silent = Counter(
                {
                    each: silent[each] + 1
                    for each, answer in zip(serving, told, strict=True)
                    if answer is None and each.serving
                }
            )
            for each, looks in silent.items():
                if looks >= PATIENCE:
                    _log.error("worker.hung", worker=each.number + 1, pid=each.process.pid)
                    each.send(signal.SIGKILL)

    def _share(self) -> None:
        """Spread the sockets over the workers that serve."""
        serving = {each.number: each for each in self._serving()}
        for number, sockets in shares(len(self._sockets), sorted(serving)).items():
            serving[number].say(Share(sockets=sockets))
        self.have_ended(())

    async def _stop(self) -> None:
        """End all: they finish what is under way, and are killed when that takes too long."""
        for each in self._sockets:
            each.close()
        for child in self._children:
            child.send(signal.SIGTERM)
        if self._following:
            _, late = await asyncio.wait(self._following, timeout=STOP)
            for child in self._children:
                _log.error("worker.killed", worker=child.number + 1, pid=child.process.pid)
                child.send(signal.SIGKILL)
            if late:
                await asyncio.wait(late)


def _never_served(number: int, why: str) -> GatewayError:
    return GatewayError(
        "worker_start",
        f"Worker {number + 1} did not come to serve: {why}.",
        "What it said last is in the log above.",
    )
