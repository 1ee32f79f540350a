"""Sentinels are asked by many at the same time, and none is forgotten."""

from __future__ import annotations

import asyncio
from typing import Any

from redis.exceptions import ConnectionError as RedisConnectionError

from gateway.store.address import address
from gateway.store.sentinel import Watched
from gateway.store.server import Bounds

SEEN = {
    "is_master": True,
    "is_sdown": False,
    "is_odown": False,
    "num-other-sentinels": 2,
    "ip": "127.0.0.1",
    "port": 6379,
}


class Asked:
    """A sentinel that answers in the next turn of the loop, or is away."""

    def __init__(self, away: bool) -> None:
        self.away = away

    async def sentinel_masters(self) -> dict[str, Any]:
        await asyncio.sleep(0)
        if self.away:
            raise RedisConnectionError("away")
        return {"crm": SEEN}

    async def aclose(self) -> None:
        pass


async def test_each_sentinel_stays_known_when_many_ask_and_some_are_away() -> None:
    watched = Watched(address("redis+sentinel://a:1,b:2,c:3/crm"), Bounds(1))
    sentinel: Any = watched._sentinel
    asked = [Asked(away=True), Asked(away=False), Asked(away=False)]
    sentinel.sentinels = list(asked)
    found = await asyncio.gather(*(sentinel.discover_master("crm") for _ in range(9)))
    assert set(found) == {("127.0.0.1", 6379)}
    assert set(sentinel.sentinels) == set(asked)
    assert not sentinel.sentinels[0].away
    await watched.aclose()
