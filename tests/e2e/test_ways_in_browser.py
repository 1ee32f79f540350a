"""The button in a real Chromium, for an operator who signed in by the gateway's own form."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.bar import bar_of, leave, press, shot
from tests.e2e.demo_process import running_demo
from tests.e2e.test_demo_in_browser import be_lena, sign_in

BUTTON = "Act on behalf of jonas.weber"


@pytest.mark.timeout(240)
async def test_from_a_page_of_the_app_to_a_session_and_back(
    chromium: Browser, tmp_path: Path
) -> None:
    async with running_demo(tmp_path) as demo:
        context = await chromium.new_context()
        page = await context.new_page()
        await be_lena(page, demo)
        await page.goto(f"{demo.crm}/team/jonas.weber")
        assert "act.js" not in await page.content()
        await sign_in(page, demo)
        await page.goto(f"{demo.crm}/team")
        await page.get_by_role("link", name="Jonas Weber").click()
        await expect(page.get_by_role("heading", name="Jonas Weber")).to_be_visible()
        assert "__Host-gateway_way" not in await page.evaluate("document.cookie")
        await shot(page, "way-in-1-page")
        await press(page, "link", BUTTON)
        await expect(page.get_by_role("button", name="Act as Jonas Weber")).to_be_visible()
        await shot(page, "way-in-2-start")
        await page.get_by_label("Why").fill("Looks into what he sees")
        await page.get_by_role("button", name="Act as Jonas Weber").click()
        await expect(page.locator("header")).to_contain_text("Jonas Weber")
        assert await bar_of(page) == "Acting on behalf of Jonas Weber"
        await leave(page)
        await shot(page, "way-in-3-left")
        await page.locator(f"a[href='{demo.crm}/team/jonas.weber']").click()
        await expect(page).to_have_url(f"{demo.crm}/team/jonas.weber")
        await expect(page.locator("header")).to_contain_text("Lena Brandt")
        await context.close()
