"""A cluster: each command goes to the master that holds the slot of its key.

Not redis-py's own: that one sends ASKING and the command that it is for over two connections, and
begins again by itself after an error. Here a command is sent again only where the cluster's answer
says that it did not run (MOVED, ASK, TRYAGAIN). What was learned of the cluster is forgotten after
each failure and asked for anew; meanwhile whoever uses the store sees it as away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import count
from typing import Any, TypeVar, cast

from redis.asyncio import ConnectionPool
from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot
from redis.exceptions import AskError, ClusterDownError, MovedError, RedisError, TryAgainError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeout

from gateway.store.address import Address, Place, joined
from gateway.store.server import Bounds, Member, Server, key_of

_PAUSE = 0.02
"""Seconds before a command is sent again that was told to come again."""

_TURN = 0.1
"""Seconds between looks for new entries of several streams."""

_DOUBT = (RedisConnectionError, RedisTimeout, ClusterDownError, OSError, asyncio.CancelledError)
"""After these it is not known who holds what: the master may be gone."""

_Answer = TypeVar("_Answer")


class Cluster(Server):
    """The client of a cluster; as a `Server` it is one of the nodes it was told of.

    Call everything that sends inside `Store.answers`: it bounds the time.

    Raises:
        ValueError: the address cannot be used.
    """

    def __init__(self, address: Address, bounds: Bounds) -> None:
        url = address.url(address.places[0])
        super().__init__(ConnectionPool.from_url(url, **bounds.options), bounds)
        self._address = address
        self._servers: dict[Place, Server] = {}
        self._order = list(address.places)  # whom to ask who holds what, who failed last at the end
        self._owners: list[Place] = []  # by slot; empty: not known
        self._replicas: list[Place] = []
        self._finding = asyncio.Lock()

    async def at(self, key: str, send: Callable[[Server, bool], Awaitable[_Answer]]) -> _Answer:
        """As `Server.at`; `send` is called again when the cluster says that nothing was done."""
        slot = key_slot(key.encode())
        place, asking = await self._owner(slot), False
        for turn in count():
            if turn > 1:
                await asyncio.sleep(_PAUSE)
            try:
                return await send(self._server(place), asking)
            except MovedError as moved:
                place, asking = (moved.host or place[0], moved.port), False
                self._order = [place, *(each for each in self._order if each != place)]
                self._owners = []
            except AskError as asked:
                place, asking = (asked.host or place[0], asked.port), True
            except TryAgainError:
                pass
            except _DOUBT:
                self._fail(place)
                raise
        raise AssertionError("counting ends")

    async def masters(self) -> Sequence[Server]:
        """As `Server.masters`: those that hold slots."""
        await self._owner(0)
        return [self._server(each) for each in sorted(set(self._owners))]

    async def members(self) -> Sequence[Member]:
        """As `Server.members`: masters that hold slots, and their replicas."""
        await self._owner(0)
        masters = sorted(set(self._owners))
        return [
            *(Member(self._server(each), joined(each)) for each in masters),
            *(Member(self._server(each), joined(each), replica=True) for each in self._replicas),
        ]

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send one command to the master of its key."""

        async def send(server: Server, asking: bool) -> Any:
            if asking:
                return await server.send(args, options, asking=True)
            return await server.execute_command(*args, **options)

        return await self.at(key_of(args), send)

    async def read_streams(
        self, after: Mapping[str, str], count: int, block: int | None
    ) -> dict[bytes, Any]:
        """As `Server.read_streams`, each where it is; blocks for none: a pause instead."""
        found: dict[bytes, Any] = {}
        for stream, position in after.items():
            found |= await super().read_streams({stream: position}, count, None)
        if not found and block is not None:
            await asyncio.sleep(min(block / 1000, _TURN))
        return found

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Close every connection."""
        for server in self._servers.values():
            await server.aclose(close_connection_pool)
        self._servers.clear()
        await super().aclose(close_connection_pool)

    def _server(self, place: Place) -> Server:
        server = self._servers.get(place)
        if server is None:
            server = Server.of_url(self._address.url(place), self.bounds)
            self._servers[place] = server
        return server

    def _fail(self, place: Place) -> None:
        self._owners = []
        self._order = [*(each for each in self._order if each != place), place]

    async def _owner(self, slot: int) -> Place:
        if not self._owners:
            async with self._finding:
                if not self._owners:
                    await self._find()
        return self._owners[slot]

    async def _find(self) -> None:
        """Ask one node after the other who holds what."""
        why: Exception = RedisConnectionError("no node of the cluster was asked")
        for place in dict.fromkeys((*self._order, *self._address.places)):
            try:
                async with asyncio.timeout(self.bounds.timeout / 4):
                    said = await self._server(place).execute_command("CLUSTER", "SLOTS")
                return await self._learn(place, said)
            except (RedisError, OSError, TimeoutError) as error:
                why = error
        raise why

    async def _learn(self, place: Place, said: Sequence[Any]) -> None:
        owners: list[Place | None] = [None] * REDIS_CLUSTER_HASH_SLOTS
        replicas: set[Place] = set()
        for first, last, master, *others in said:
            owners[first : last + 1] = [_place(master, place)] * (last + 1 - first)
            replicas |= {_place(each, place) for each in others}
        if None in owners:
            raise ClusterDownError(f"nobody holds slot {owners.index(None)} of the cluster")
        self._owners = cast("list[Place]", owners)
        self._replicas = sorted(replicas)
        known = [*sorted(set(self._owners)), *self._replicas]
        self._order = [each for each in self._order if each in known]
        self._order += [each for each in known if each not in self._order]
        for gone in self._servers.keys() - set(known):
            await self._servers.pop(gone).aclose()


def _place(said: Sequence[Any], asked: Place) -> Place:
    """A node as CLUSTER SLOTS gives it; without a host it is where the answer came from."""
    host = said[0].decode() if said[0] else ""
    return host or asked[0], int(said[1])
