"""A world in memory, a server before it, and somebody who visits."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.console.support import World, serving
from tests.console.visitor import Visitor


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def port(world: World) -> AsyncIterator[str]:
    async with serving(world) as number:
        yield number


@pytest.fixture
def visitor(port: str) -> Visitor:
    """Somebody with a browser who has not signed in."""
    return Visitor(port)


@pytest.fixture
async def ada(port: str) -> Visitor:
    """Ada, signed in by password."""
    signed_in = Visitor(port)
    await signed_in.sign_in()
    return signed_in


@pytest.fixture
def program(port: str) -> Visitor:
    """Ada's script, which proves her by a token on every request."""
    return Visitor(port, plain=True, headers={"Authorization": "Bearer ada"})
