"""Run a gateway in one process until it is told to stop: store, listeners, signals."""

from __future__ import annotations

import asyncio
import gc
import itertools
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import structlog

from gateway.app.build import build
from gateway.app.clock import wall_clock
from gateway.app.gateway import Gateway
from gateway.app.health import Health
from gateway.app.ops import answering
from gateway.app.signals import first_of, told_to_stop
from gateway.app.sockets import BACKLOG, listening
from gateway.app.storing import store_of
from gateway.config import Config
from gateway.listener.server import Listener
from gateway.tasks import end, lasting

_log = structlog.get_logger("gateway")
_ROTATE_EVERY = 3600


def spare_the_collector() -> None:
    """Let the cyclic garbage collector look at a request's objects every few hundred requests.

    Nearly all of them go with their last reference; looking every few requests, and again and
    again at what lives as long as the process, is a tenth of a governed request's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


async def serve_alone(config: Config) -> None:
    """Serve in this process until SIGINT or SIGTERM.

    Raises:
        GatewayError: it cannot start, or was taken for dead.
    """
    stop = told_to_stop()
    public = listening(config.listen.host, config.listen.port)
    ops = listening(config.ops_listen.host, config.ops_listen.port)
    async with serve_on(config, public, ops) as gateway:
        _log.info("gateway.ready", listen=str(config.listen), ops=str(config.ops_listen))
        await first_of(stop, gateway.emitter.taken_for_dead)
        _log.info("gateway.stopping")
    if gateway.emitter.taken_for_dead.is_set():
        raise gateway.emitter.no_room()


@asynccontextmanager
async def serve_on(
    config: Config, public: socket.socket, ops: socket.socket
) -> AsyncIterator[Gateway]:
    """Serve on open sockets while the block runs; give the running gateway.

    Raises:
        GatewayError: it cannot start.
    """
    async with store_of(config) as (store, _):
        gateway = build(config, store, wall_clock)
        async with answering(ops, Health(gateway)), running(gateway):
            server = await accept(gateway.listener, public)
            try:
                yield gateway
            finally:
                server.close()


async def accept(listener: Listener, opened: socket.socket) -> asyncio.Server:
    """Take connections from a socket, which is then the server's own."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(listener, sock=opened, backlog=BACKLOG)


@asynccontextmanager
async def running(gateway: Gateway) -> AsyncIterator[None]:
    """Let a gateway be there while the block runs, and look after it."""
    await gateway.start()
    housekeeping = lasting(partial(_keep_house, gateway), "housekeeping")
    evidence = lasting(gateway.evidence.run, "evidence")
    try:
        yield
    finally:
        await end(housekeeping)
        await end(evidence)
        await gateway.stop()


async def _keep_house(gateway: Gateway) -> None:
    """Every second see that the store holds the records; every hour rotate keys that are due."""
    for second in itertools.count():
        await asyncio.sleep(1)
        gateway.emitter.check()
        if second % _ROTATE_EVERY == 0:
            try:
                await asyncio.to_thread(gateway.rings.rotate)
            except OSError as fault:  # the keys in use go on; the next hour tries again
                _log.error("keys.not_rotated", error=str(fault))
