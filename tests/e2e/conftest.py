"""A gateway in front of a recorder, for tests of what the app sees, and in front of Django."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.e2e.django_app.process import DjangoApp, running_django
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


@pytest.fixture(scope="session")
def django(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DjangoApp]:
    """One process for all tests: each works on a group of its own."""
    with running_django(tmp_path_factory.mktemp("django")) as running_app:
        yield running_app


@pytest.fixture(params=["host", "cookie"])
def isolation(request: pytest.FixtureRequest) -> str:
    """Each way to hold a session."""
    way: str = request.param
    return way


@pytest.fixture
async def django_gw(
    isolation: str, django: DjangoApp, tmp_path: Path, store_url: str
) -> AsyncIterator[Running]:
    """A gateway in front of Django's admin."""
    async with running(tmp_path, store_url, site(django.port, isolation=isolation)) as gateway:
        yield gateway
