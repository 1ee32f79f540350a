"""A user of the demo is asked first: allows it on their page, sees who came, and takes it back."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.demo_process import Demo, running_demo
from tests.e2e.test_accessibility import check


async def be_nora(page: Page, demo: Demo) -> None:
    """Sign in to the CRM as its own user."""
    await page.goto(f"{demo.crm}/sign-in")
    await page.get_by_label("User").fill("nora.finch")
    await page.get_by_label("Password").fill("relata")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.locator("header")).to_contain_text("Nora Finch")


async def be_sam(page: Page, demo: Demo) -> None:
    """Sign in to the console."""
    await page.goto(demo.console)
    await page.get_by_label("Name").fill("sam")
    await page.get_by_label("Password").fill("demo")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="Sessions")).to_be_visible()


async def act(page: Page, demo: Demo) -> None:
    """Ask for a session as Nora."""
    await page.goto(f"{demo.console}start?site=crm&subject=nora.finch")
    await page.get_by_label("Why").fill("She cannot see the atlas deal")
    await page.get_by_role("button", name="Act as Nora Finch").click()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no_scripts"])
async def test_the_whole_way_of_a_consent(chromium: Browser, tmp_path: Path, scripts: bool) -> None:
    found: list[str] = []
    async with running_demo(tmp_path) as demo:
        here = await chromium.new_context(
            viewport={"width": 1280 if scripts else 390, "height": 900},
            reduced_motion="reduce",
            java_script_enabled=scripts,
        )
        there = await chromium.new_context()
        nora, sam = await here.new_page(), await there.new_page()
        page = f"{demo.crm}/_gateway/consent"

        async def look(name: str) -> None:
            if scripts:
                await check(nora, found, f"consent {name}")

        await nora.goto(page)
        await expect(nora.get_by_role("heading", name="does not know who you are")).to_be_visible()
        await look("unknown")
        await be_nora(nora, demo)
        await nora.goto(page)
        await expect(nora.get_by_text("You have not allowed it")).to_be_visible()
        await expect(nora.get_by_text("Your account asks you first")).to_be_visible()
        await look("before")

        await be_sam(sam, demo)
        await act(sam, demo)
        await expect(sam.get_by_role("alert")).to_contain_text("has not allowed it")

        await nora.get_by_label("4 hours").check()
        await nora.get_by_role("button", name="Allow").click()
        await expect(nora.get_by_role("status")).to_contain_text("Saved")
        await expect(nora.get_by_text("You allow it until")).to_be_visible()
        await look("allowed")

        await act(sam, demo)
        await expect(sam.locator("header")).to_contain_text("Nora Finch")
        await sam.get_by_role("link", name="Contacts", exact=True).click()
        await sam.locator("main a[href^='/contacts/']").first.click()
        host = "/".join(sam.url.split("/")[:3])
        await sam.goto(f"{host}/_gateway/consent")
        await expect(sam.get_by_role("heading", name="not for operators")).to_be_visible()
        await sam.goto(f"{host}/deals")

        await nora.goto(page)
        visit = nora.get_by_role("article")
        await expect(visit).to_contain_text("Sam Rivera")
        await expect(visit).to_contain_text("She cannot see the atlas deal")
        await expect(visit).to_contain_text("Changed nothing")
        await expect(visit).to_contain_text("private notes")
        await look("came")
        await nora.get_by_role("button", name="Withdraw").click()
        await expect(nora.get_by_role("status")).to_contain_text("Saved")
        await expect(visit).to_contain_text("it was no longer allowed")
        await look("withdrawn")

        await sam.goto(f"{host}/deals")
        await expect(sam.get_by_role("heading", name="This session is over")).to_be_visible()
        await act(sam, demo)
        await expect(sam.get_by_role("alert")).to_contain_text("has not allowed it")
        await here.close()
        await there.close()
    assert found == []
