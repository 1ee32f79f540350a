"""Real apps on real sockets, each a script of what it says, byte for byte."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import hypothesis
import pytest
import uvloop

from tests.upstream.support import Apps

# A loaded machine is no fault of the code: properties are bounded by the test's own timeout.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The gateway runs on uvloop, and what ends a TLS connection is its to tell."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
async def apps() -> AsyncIterator[Apps]:
    running = Apps()
    yield running
    await running.stop()
