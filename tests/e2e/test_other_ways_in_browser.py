"""The flows of the demo by the keyboard alone, and where no script runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.bar import focused_on
from tests.e2e.demo_process import running_demo
from tests.e2e.test_flows_in_browser import IN_THE_APP, office

pytestmark = pytest.mark.timeout(240)


async def reach(page: Page, role: str, name: str) -> None:
    """Press Tab until the keyboard is on what assistive technology knows by this role and name."""
    stops: list[tuple[str, str]] = []
    for _ in range(60):
        await page.keyboard.press("Tab")
        stops.append(await focused_on(page))
        if stops[-1][0] == role and stops[-1][1].startswith(name):
            return
    pytest.fail(f"no {role} {name!r} among {stops}")


async def stands(page: Page, name: str) -> None:
    """Wait until the keyboard is on what has a name that begins so."""
    for _ in range(200):
        if (await focused_on(page))[1].startswith(name):
            return
    pytest.fail(f"not on {name!r}: {await focused_on(page)}")


async def test_by_the_keyboard_alone(chromium: Browser, tmp_path: Path) -> None:
    async with running_demo(tmp_path) as demo:
        context = await chromium.new_context()
        page = await context.new_page()
        keys = page.keyboard
        await page.goto(demo.console)
        await stands(page, "Name")
        await keys.type("sam")
        await keys.press("Tab")
        await keys.type("demo")
        await keys.press("Enter")
        await expect(page.get_by_role("heading", name="People", exact=True)).to_be_visible()
        await reach(page, "link", "Accounts")
        await keys.press("Enter")
        await reach(page, "searchbox", "Find by name or id")
        await keys.type("nord")
        await expect(page.get_by_role("status")).to_have_text("1 account")
        await keys.press("ArrowDown")
        await keys.press("Enter")
        await reach(page, "DisclosureTriangle", "New action")
        await keys.press("Enter")
        await reach(page, "link", "Act for one of its people")
        await keys.press("Enter")
        await reach(page, "link", "Jonas Weber")
        await keys.press("Enter")
        await reach(page, "textbox", "Why")
        await keys.type("The deal board looks empty to him")
        await reach(page, "button", "Act as Jonas Weber")
        await keys.press("Enter")
        await page.wait_for_url(IN_THE_APP)
        await page.wait_for_load_state()
        there = page.url
        await keys.press("Alt+Shift+G")
        await stands(page, "Details")
        await keys.press("Enter")
        await reach(page, "link", "Ask to change")
        await keys.press("Enter")
        await reach(page, "textbox", "Why")
        await keys.type("Move the deal that is stuck")
        await reach(page, "button", "Change things")
        await keys.press("Enter")
        await page.wait_for_url(there)
        await page.wait_for_load_state()
        await keys.press("Alt+Shift+G")
        await reach(page, "button", "Minimize")
        await keys.press("Enter")
        await stands(page, "as Jonas Weber")
        await keys.press("ArrowUp")
        await keys.press("Enter")
        await stands(page, "Details")
        await reach(page, "link", "Leave")
        await keys.press("Enter")
        await expect(page.get_by_role("heading", name="You are yourself again")).to_be_visible()
        await reach(page, "link", "Back to the console")
        await keys.press("Enter")
        await reach(page, "link", "Sessions")
        await keys.press("Enter")
        await reach(page, "link", "Timeline")
        await keys.press("Enter")
        await reach(page, "link", "Changes")
        await keys.press("Enter")
        await expect(page.get_by_text("Nothing of this kind happened.")).to_be_visible()
        await context.close()


async def test_where_no_script_runs(chromium: Browser, tmp_path: Path) -> None:
    async with (
        office(chromium, tmp_path, scripts=False) as at,
        at.person("sam") as sam,
    ):
        await sam.get_by_role("link", name="Accounts", exact=True).click()
        await sam.get_by_label("Find by name or id").fill("nord")
        await sam.get_by_role("button", name="Find").click()
        await expect(sam.get_by_role("status")).to_have_text("1 account")
        await sam.get_by_role("link", name="Nordlicht GmbH", exact=True).click()
        await sam.get_by_text("New action").click()
        await sam.get_by_role("link", name="Act for one of its people").click()
        await sam.get_by_role("link", name="About lena.brandt").click()
        await sam.get_by_role("button", name="Pin Lena Brandt").click()
        await sam.get_by_role("link", name="Act as Lena Brandt").click()
        await sam.get_by_label("Why").fill("The board looks empty to her")
        await sam.get_by_label("For how long").select_option("5")
        await at.act(sam, "Lena Brandt")
        await expect(sam.locator("gateway-bar")).to_have_count(0)
        shown = "getComputedStyle(document.documentElement, '::after').content"
        assert "Acting as Lena Brandt" in await sam.evaluate(shown)
        await sam.goto("/".join(sam.url.split("/")[:3]) + "/_gateway/leave")
        await sam.get_by_role("button", name="Leave").click()
        await sam.get_by_role("link", name="Back to the console").click()
        await sam.get_by_role("link", name="Sessions", exact=True).click()
        await sam.get_by_role("link", name="Timeline").first.click()
        await expect(sam.get_by_text("they left").first).to_be_visible()
        await sam.get_by_role("link", name="Hidden", exact=True).click()
        await expect(sam).to_have_url(re.compile(r"only=hidden$"))
        await at.go(sam, "exports?account=nordlicht&site=crm")
        await sam.get_by_role("button", name="Write the file").click()
        await expect(sam.get_by_role("button", name=re.compile("Cancel|Remove"))).to_be_visible()
        fetch = sam.get_by_role("link", name="Download")
        for _ in range(60):
            await at.go(sam, "exports")
            if await fetch.count():
                break
        await expect(fetch).to_be_visible()
        await at.go(sam, "preferences?site=crm&account=nordlicht")
        await sam.get_by_label("Each user is asked first").check()
        await sam.get_by_label("Why").fill("The board wants it")
        await sam.get_by_role("button", name="Save").click()
        await expect(sam.get_by_role("status")).to_contain_text("It holds from now on.")
        await at.go(sam, "start?site=crm&subject=jonas.weber")
        await expect(sam.get_by_role("button", name="Ask Jonas Weber")).to_be_visible()
        await sam.get_by_role("button", name="Sign out").click()
        await expect(sam.get_by_label("Password")).to_be_visible()
