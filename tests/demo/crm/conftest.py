"""A CRM of the test's own, and people who visit it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar
from aiohttp.test_utils import TestServer

from gateway.demo.crm import seed
from gateway.demo.crm.app import create_crm
from gateway.demo.crm.database import Database
from gateway.demo.crm.web import today
from tests.demo.crm.support import Visitor

Visit = Callable[[str | None], Visitor]


@pytest.fixture(scope="session")
def _new_crm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crm")
    database = Database(folder)
    seed.fill(database, today())
    database.close()
    return folder


@pytest.fixture
async def crm(_new_crm: Path, tmp_path: Path) -> AsyncIterator[TestServer]:
    """The CRM on a port of its own, with the seed in it."""
    shutil.copytree(_new_crm, tmp_path, dirs_exist_ok=True)
    server = TestServer(create_crm(tmp_path))
    async with server:
        yield server


@pytest.fixture
async def visit(crm: TestServer) -> AsyncIterator[Visit]:
    """Make a visitor: named by a proxy before the CRM, or (None) on their own."""
    async with AsyncExitStack() as stack:

        def make(named: str | None) -> Visitor:
            client = ClientSession(cookie_jar=CookieJar(unsafe=True))
            stack.push_async_callback(client.close)
            headers = {} if named is None else {"X-Remote-User": named}
            return Visitor(client, str(crm.make_url("")).rstrip("/"), headers)

        yield make


@pytest.fixture
async def jonas(visit: Visit) -> Visitor:
    """Jonas Weber of Nordlicht, named by a proxy."""
    return visit("jonas.weber")


@pytest.fixture
async def mei(visit: Visit) -> Visitor:
    """Mei Tanaka of Hoshi, named by a proxy."""
    return visit("mei.tanaka")
