"""Short words for what tests of the short way say."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.e2e.harness import Running


async def parted(gw: Running) -> None:
    """Return when a gateway has no client any more."""
    async with asyncio.timeout(5):
        while gw.gateway.listener.connections:  # noqa: ASYNC110  nobody tells of that
            await asyncio.sleep(0)


async def over(gw: Running) -> None:
    """Return when no request of a session is under way."""
    async with asyncio.timeout(5):
        while gw.gateway.live.under_way():  # noqa: ASYNC110  nobody tells of that
            await asyncio.sleep(0)


def lent(gw: Running) -> int:
    """The app's connections that are lent; fewer than none, when some were given back twice."""
    upstream: Any = gw.gateway.upstreams["crm"]
    return int(upstream._settings.max_connections - upstream._pool._free)
