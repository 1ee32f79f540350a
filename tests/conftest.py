"""Fixtures for every test: real store servers and a real browser."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import uvloop
from hypothesis import settings
from playwright.async_api import Browser, async_playwright

from tests.scratch import scratch
from tests.servers import StoreServer, store_server_in, unused_port

# How long one example takes says more about the machine than about the code.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

# Taken out of the environment: a gateway takes what begins like this for a key of its config.
OCSF_SCHEMA = os.environ.pop("GATEWAY_OCSF_SCHEMA", None)

CHROMIUM_FLAGS = (
    "--headless=new",
    "--remote-debugging-port=0",
    "--no-sandbox",  # containers and root have no user namespaces; the pages are our own
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
)


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Tests run on the loop that the gateway serves on."""
    return {"uvloop": _new_loop}


def _new_loop() -> asyncio.AbstractEventLoop:
    loop = uvloop.new_event_loop()
    loop.set_exception_handler(_end_what_hangs)
    return loop


def _end_what_hangs(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Cancel a test that takes too long: uvloop would only log what the timeout's signal raises."""
    if isinstance(context.get("exception"), pytest.fail.Exception):
        for task in asyncio.all_tasks(loop):
            task.cancel("the test took too long")
    else:
        loop.default_exception_handler(context)


@pytest.fixture
def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on."""
    return unused_port()


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """An empty folder whose path is short enough for unix sockets (108 bytes)."""
    with scratch() as name:
        yield Path(name)


@pytest.fixture(scope="session")
def _shared_server() -> Iterator[StoreServer]:
    with scratch() as name:
        server = store_server_in(Path(name))
        server.start()
        yield server
        server.remove()


@pytest.fixture
def store_url(_shared_server: StoreServer) -> str:
    """The redis URL of a real, empty store that lives for the whole run: do not kill it."""
    with redis.Redis.from_url(_shared_server.url) as client:
        client.flushall()
        client.config_resetstat()
    return _shared_server.url


@pytest.fixture
def store_server(short_folder: Path) -> Iterator[StoreServer]:
    """A real store of the test's own, running, that may be killed and started again."""
    server = store_server_in(short_folder)
    server.start()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def _chromium_address() -> Iterator[str]:
    binary = shutil.which("chromium")
    if binary is None:
        pytest.fail("no Chromium: install the package chromium")
    with tempfile.TemporaryDirectory(prefix="gw-", ignore_cleanup_errors=True) as profile:
        browser = subprocess.Popen(
            [binary, *CHROMIUM_FLAGS, f"--user-data-dir={profile}", "about:blank"],
            stderr=subprocess.PIPE,
            text=True,
        )
        assert browser.stderr is not None
        with browser.stderr as log:
            announced = (line.split()[-1] for line in log if "DevTools listening on" in line)
            address = next(announced, None)
        if address is None:
            browser.wait()
            pytest.fail("Chromium did not start")
        yield address
        browser.terminate()
        browser.wait()


@pytest.fixture
async def chromium(_chromium_address: str) -> AsyncIterator[Browser]:
    """Debian's Chromium, driven from the test's own loop: one process a run, no state shared.

    Use a context of your own (`await chromium.new_context()`); all of a test's are closed after it.
    """
    async with async_playwright() as driver:
        browser = await driver.chromium.connect_over_cdp(_chromium_address)
        shared = browser.contexts
        yield browser
        for context in browser.contexts:
            if context not in shared:
                await context.close()
        await browser.close()
