"""The CRM in a real browser: nothing sticks out, and the first page tells of what happens."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.demo.crm.conftest import Visit
from tests.demo.crm.support import Visitor
from tests.demo.crm.test_web import PAGES


async def test_the_first_page_tells_of_a_colleagues_move(
    chromium: Browser, jonas: Visitor, visit: Visit
) -> None:
    context = await chromium.new_context(extra_http_headers=jonas.headers, base_url=jonas.base)
    page = await context.new_page()
    async with page.expect_response("**/events"):
        await page.goto("/")
    lena = visit("lena.brandt")
    await lena.do("/deals", "/deals/1/stage", stage="Won")
    newest = page.locator("#moves li").first
    await expect(newest).to_contain_text("Lena Brandt moved Fjordline cold chain to Won")
    assert await page.locator("#moves li").count() <= 8


async def test_a_deal_is_moved_by_hand(chromium: Browser, jonas: Visitor) -> None:
    context = await chromium.new_context(extra_http_headers=jonas.headers, base_url=jonas.base)
    page = await context.new_page()
    await page.goto("/deals")
    await page.get_by_label("Stage of Fjordline cold chain").select_option("Negotiation")
    card = page.locator("article", has_text="Fjordline cold chain")
    await card.get_by_role("button", name="Move").click()
    await expect(page.get_by_role("status")).to_have_text(
        "Fjordline cold chain moved to Negotiation."
    )
    await expect(page.locator("section.negotiation")).to_contain_text("Fjordline cold chain")


@pytest.mark.parametrize("width", [360, 900, 1280])
async def test_nothing_sticks_out(chromium: Browser, jonas: Visitor, width: int) -> None:
    context = await chromium.new_context(
        extra_http_headers=jonas.headers,
        base_url=jonas.base,
        viewport={"width": width, "height": 700},
    )
    page = await context.new_page()
    wide = []
    for path in PAGES:
        await page.goto(path, wait_until="load")
        if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(path)
    assert wide == []
