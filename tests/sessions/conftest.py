"""Two workers of one gateway on a real, empty store."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.sessions.support import Clock, Worker, worker


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def one(store_url: str, clock: Clock) -> AsyncIterator[Worker]:
    async with worker(store_url, clock) as first:
        yield first


@pytest.fixture
async def two(store_url: str, clock: Clock) -> AsyncIterator[Worker]:
    async with worker(store_url, clock) as second:
        yield second
