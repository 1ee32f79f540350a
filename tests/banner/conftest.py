"""A browser window in a session, for the tests that look at the bar."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.banner.support import Acting, acting


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(_chromium_address: str) -> AsyncIterator[Browser]:
    """One connection for the whole module: each costs seconds."""
    async with async_playwright() as driver:
        yield await driver.chromium.connect_over_cdp(_chromium_address)


@pytest_asyncio.fixture(loop_scope="module")
async def window(browser: Browser) -> AsyncIterator[Acting]:
    async with acting(browser) as made:
        made.serve("/frame", "<!doctype html><body style='background:lime'>frame")
        yield made
