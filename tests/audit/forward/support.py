"""Streams with records in them, a receiver of webhooks, and forwarders that do not rest long."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import msgspec
from aiohttp import web

from gateway.audit.forward.dead import DeadLetters
from gateway.audit.forward.deliver import Delivery
from gateway.audit.forward.destination import Destination
from gateway.audit.forward.forwarder import Forwarder
from gateway.audit.forward.group import Group
from gateway.audit.forward.http import HttpDestination
from gateway.audit.forward.pace import Rest
from gateway.audit.reading.choice import wanted
from gateway.audit.reading.lag import Lag, lag_of
from gateway.audit.record import Kind, line
from gateway.store.client import Store, connect
from gateway.store.keys import audit_forwarder, audit_stream
from gateway.store.lease import Lease
from tests.audit.support import a_record

NAME = "siem"
NOW = 1_795_319_163_123
KEY = bytes(range(32))
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"


def written(name: str, kind: Kind = Kind.REQUEST_INTENT) -> bytes:
    record = a_record(name, kind)
    record.writer = "W"
    return line(record)


async def put(store: Store, *lines: bytes, shard: int = 0) -> None:
    for each in lines:
        await store.redis.xadd(audit_stream(shard), {"record": each})


async def put_many(store: Store, count: int, *, first: int = 1, shard: int = 0) -> list[str]:
    """Put records of these ids in a stream."""
    names = [f"{shard}.{number}" for number in range(first, first + count)]
    await put(store, *map(written, names), shard=shard)
    return names


def names_in(body: bytes) -> list[str]:
    return [msgspec.json.decode(each)["id"] for each in body.splitlines()]


@dataclass
class Post:
    """What one POST brought."""

    headers: Mapping[str, str]
    body: bytes
    path: str

    @property
    def names(self) -> list[str]:
        return names_in(self.body)


@dataclass
class Receiver:
    """A real server. Each POST takes the next of `turns`, else `answer` says the status."""

    url: str = ""
    turns: deque[int | str] = field(default_factory=deque)
    answer: Callable[[Post], int] = lambda post: 204
    posts: list[Post] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    held: asyncio.Event = field(default_factory=asyncio.Event)
    _moved: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def posted(self, count: int) -> None:
        """Return when there were so many POSTs."""
        await self._until(lambda: len(self.posts) >= count)

    async def takes(self, count: int) -> list[str]:
        """Return the ids that were confirmed, when there are so many."""
        await self._until(lambda: len(self.taken) >= count)
        return self.taken

    async def _until(self, reached: Callable[[], bool]) -> None:
        async with asyncio.timeout(30), self._moved:
            await self._moved.wait_for(reached)

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        post = Post(request.headers, await request.read(), request.path)
        self.posts.append(post)
        turn = self.turns.popleft() if self.turns else self.answer(post)
        if turn in (200, 204):
            self.taken += post.names
        async with self._moved:
            self._moved.notify_all()
        if turn == "hold":
            await self.held.wait()
            turn = 503
        if turn == "cut":
            assert request.transport is not None
            request.transport.abort()
            turn = 200
        return web.Response(status=int(turn), headers={"Location": "/elsewhere"})


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    handler = web.Server(receiver, access_log=None)
    server = await asyncio.get_running_loop().create_server(handler, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/audit"
    try:
        yield receiver
    finally:
        receiver.held.set()
        server.close()
        await handler.shutdown(1.0)


class Hurried(Rest):
    """Notes how long it was to rest, and rests for a moment."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.pauses: list[float] = []
        super().__init__(self.stop)

    async def __call__(self, seconds: float) -> None:
        if seconds:
            self.pauses.append(seconds)
        await super().__call__(min(seconds, 0.01))


@dataclass
class Running:
    """A forwarder that runs as a task."""

    store: Store
    rest: Hurried
    dead: DeadLetters
    task: asyncio.Task[None]
    lag: Callable[[], asyncio.Future[Lag]]

    async def stop(self) -> None:
        self.rest.stop.set()
        await self.task

    async def settled(self) -> None:
        """Return when nothing is left to acknowledge."""
        async with asyncio.timeout(30):
            while (await self.lag()).records:
                pass


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    store = await connect(url, timeout=5)
    try:
        yield store
    finally:
        await store.aclose()


@asynccontextmanager
async def forwarding(
    store: Store, destination: Destination, *, shards: int = 1, only: tuple[str, ...] = ()
) -> AsyncIterator[Running]:
    rest = Hurried()
    group, dead = Group(store, NAME), DeadLetters(store, NAME)

    def lag() -> asyncio.Future[Lag]:
        return asyncio.ensure_future(lag_of(store, shards, NAME, lambda: NOW))

    delivery = Delivery(
        group,
        destination,
        dead,
        wanted=partial(wanted, only),
        rest=rest,
        draw=lambda: 1.0,
        now=lambda: NOW,
    )
    lease = Lease(store, audit_forwarder(NAME), f"test:{id(rest)}")
    forwarder = Forwarder(group, lease, delivery, shards, lag=lag, rest=rest, draw=lambda: 1.0)
    running = Running(store, rest, dead, asyncio.create_task(forwarder.run()), lag)
    try:
        yield running
        await running.stop()
    finally:
        running.task.cancel()
        await destination.aclose()


def webhook(receiver: Receiver, *, seconds: float = 5) -> HttpDestination:
    context = ssl.create_default_context()
    more = {"Authorization": "Splunk token"}
    return HttpDestination(receiver.url, KEY, more, context, seconds, lambda: NOW)
