"""A master that sentinels know the address of: they are asked whenever a connection is made."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, cast

from redis.asyncio.connection import SSLConnection, parse_url
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool

from gateway.store.address import Address, Place, joined
from gateway.store.connection import careful
from gateway.store.server import Bounds, Member, Server


class _Sentinels(Sentinel):
    """One asks after the other.

    redis-py moves the sentinel that answered to the front of its list, and two that ask at the same
    time put one in twice and lose another, with its open connections.
    """

    def __init__(self, *places: Any, **options: Any) -> None:
        super().__init__(*places, **options)  # type: ignore[no-untyped-call]  # redis-py's gap
        self._asking = asyncio.Lock()
        for sentinel in self.sentinels:
            careful(sentinel.connection_pool)

    async def discover_master(self, service_name: str) -> Place:
        """As redis-py has it."""
        async with self._asking:
            return cast("Place", await super().discover_master(service_name))


class Watched(Server):
    """The client of a master that may move. A connection that failed asks the sentinels anew.

    Args:
        bounds: a sentinel that does not answer may take a quarter of their time.

    Raises:
        ValueError: the address cannot be used.
    """

    def __init__(self, address: Address, bounds: Bounds) -> None:
        of_server = cast("dict[str, Any]", dict(parse_url(address.url(address.places[0]))))
        del of_server["host"], of_server["port"]
        of_server["ssl"] = of_server.pop("connection_class", None) is SSLConnection
        tls = {name: of for name, of in of_server.items() if name.startswith("ssl")}
        quick = bounds._replace(timeout=bounds.timeout / 4)
        self._sentinel = _Sentinels(
            address.places, sentinel_kwargs=quick.options | tls | dict(address.sentinels)
        )
        self._address = address
        self._master = address.master
        pool = SentinelConnectionPool(  # type: ignore[no-untyped-call]  # redis-py's gap
            address.master, self._sentinel, **of_server, **bounds.options
        )
        super().__init__(pool, bounds)

    async def members(self) -> Sequence[Member]:
        """As `Server.members`: the master, and the replicas that sentinels see."""
        master = await self._sentinel.discover_master(self._master)
        replicas = cast("list[Place]", await self._sentinel.discover_replicas(self._master))
        found = [Member(self, joined(master))]
        for place in replicas:
            server = Server.of_url(self._address.url(place), self.bounds)
            found.append(Member(server, joined(place), replica=True))
        return found

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Close every connection, those to the sentinels too."""
        await super().aclose(close_connection_pool)
        await self._sentinel.aclose()
