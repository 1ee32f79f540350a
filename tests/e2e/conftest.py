"""A gateway in front of a recorder, for tests of what the app sees."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.harness import Running, running, site
from tests.e2e.recorder_app import RecorderApp, recorder_app


@pytest.fixture
async def app() -> AsyncIterator[RecorderApp]:
    """An app that records what it is sent."""
    async with recorder_app() as recorder:
        yield recorder


@pytest.fixture
async def gw(app: RecorderApp, tmp_path: Path, store_url: str) -> AsyncIterator[Running]:
    """A gateway in front of `app`, with isolation `host` and no rules."""
    async with running(tmp_path, store_url, site(app.port)) as gateway:
        yield gateway
