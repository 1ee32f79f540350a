"""Run a gateway until it is told to stop: store, listeners, signals."""

from __future__ import annotations

import asyncio
import gc
import itertools
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
import uvloop

from gateway.app.gateway import Gateway, build, wall_clock
from gateway.app.ops import OpsListener
from gateway.config import Config
from gateway.errors import GatewayError
from gateway.store.client import Store, connect
from gateway.store.embedded import EmbeddedStore
from gateway.tasks import end

_log = structlog.get_logger("gateway")
_ROTATE_EVERY = 3600


def serve(config: Config) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises:
        GatewayError: it cannot start; the detail says why.
    """
    log_as_json()
    spare_the_collector()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(config))


def spare_the_collector() -> None:
    """Let the cyclic garbage collector look at a request's objects every few hundred requests.

    Nearly all of them go with their last reference; looking every few requests, and again and
    again at what lives as long as the process, is a tenth of a governed request's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def log_as_json() -> None:
    """Write logs as one line of ASCII JSON each, to standard error (threat row 47)."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=True),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


async def _serve(config: Config) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    public = listening(config.listen.host, config.listen.port)
    ops = listening(config.ops_listen.host, config.ops_listen.port)
    async with serve_on(config, public, ops) as gateway:
        _log.info("gateway.ready", listen=str(config.listen), ops=str(config.ops_listen))
        dead = gateway.emitter.taken_for_dead
        ends = [asyncio.create_task(each.wait()) for each in (stop, dead)]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for each in ends:
            each.cancel()
        _log.info("gateway.stopping")
    if dead.is_set():
        raise gateway.emitter.no_room()


def listening(host: str, port: int) -> socket.socket:
    """Open a listening socket.

    Raises:
        GatewayError: the address is in use or not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((host, port))
        opened.listen(1024)
    except OSError as fault:
        opened.close()
        raise GatewayError(
            "listen", f"Nothing can listen on {host}:{port}: {fault.strerror}."
        ) from fault
    opened.setblocking(False)
    return opened


@asynccontextmanager
async def serve_on(
    config: Config, public: socket.socket, ops: socket.socket
) -> AsyncIterator[Gateway]:
    """Serve on open sockets while the block runs; give the running gateway.

    Raises:
        GatewayError: it cannot start.
    """
    loop = asyncio.get_running_loop()
    async with _store(config) as store:
        gateway = build(config, store, wall_clock)
        listeners = OpsListener(gateway)
        await gateway.start()
        housekeeping = asyncio.create_task(_keep_house(gateway), name="housekeeping")
        evidence = asyncio.create_task(gateway.evidence.run(), name="evidence")
        server = await loop.create_server(gateway.listener, sock=public)
        ops_server = await loop.create_server(listeners.protocol, sock=ops)
        try:
            yield gateway
        finally:
            server.close()
            await end(housekeeping)
            await end(evidence)
            await gateway.stop()
            ops_server.close()
            await listeners.stop()


@asynccontextmanager
async def _store(config: Config) -> AsyncIterator[Store]:
    """Open the store, starting the embedded one where the config says so; refuse an unsafe one."""
    embedded: EmbeddedStore | None = None
    url = config.store.url
    if url == "embedded":
        embedded = EmbeddedStore(
            Path(config.data_dir), config.store.fsync, port=config.store.port or None, died=_died
        )
        url = await embedded.start()
    try:
        store = await connect(url, timeout=config.audit.timeout)
        try:
            for warning in await store.check_safe():
                _log.warning("store.not_durable", detail=warning)
            yield store
        finally:
            await store.aclose()
    finally:
        if embedded is not None:
            await embedded.stop()


def _died(status: int) -> None:
    _log.error("store.died", status=status)


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
