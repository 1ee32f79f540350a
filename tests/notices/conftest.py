from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gateway.store.client import Store, connect


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    opened = await connect(store_url, timeout=5)
    yield opened
    await opened.aclose()
