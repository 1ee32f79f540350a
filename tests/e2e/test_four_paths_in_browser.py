"""Each way in from the console's own pages, to a session and back to the page that it began on."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.bar import leave
from tests.e2e.test_flows_in_browser import IN_THE_APP, office

pytestmark = pytest.mark.timeout(240)
PATHS = {
    "accounts?site=crm": ("Act for Nordlicht GmbH", "Nordlicht GmbH (House Contact)"),
    "account?site=crm&id=hoshi": ("Act for Hoshi Trading as such", "Hoshi Trading (House Contact)"),
    "users?site=crm": ("Act as Priya Nair", "Priya Nair"),
    "account?site=crm&id=nordlicht": ("Act as Lena Brandt", "Lena Brandt"),
    "user?site=crm&id=jonas.weber": ("Act as Jonas Weber", "Jonas Weber"),
}
"""Pages of the console, the link that begins there, and whom it is to act for."""


async def test_leaving_leads_back_to_the_page_of_the_console_that_one_came_from(
    chromium: Browser, tmp_path: Path
) -> None:
    async with office(chromium, tmp_path) as at, at.person("sam") as sam:
        for path, (link, name) in PATHS.items():
            await at.go(sam, path)
            begun = sam.url
            if link.endswith("as such"):
                await sam.get_by_text("New action").click()
            await sam.get_by_role("link", name=link).click()
            await sam.get_by_label("Why").fill("The board looks empty")
            await sam.get_by_role("button", name=f"Act as {name}").click()
            await sam.wait_for_url(IN_THE_APP)
            await expect(sam.locator("header").first).to_contain_text(name)
            await leave(sam)
            await sam.get_by_role("link", name="Back to the console").click()
            await expect(sam).to_have_url(begun)


async def test_times_are_of_the_viewers_zone_and_a_reason_is_copied(
    chromium: Browser, tmp_path: Path
) -> None:
    async with office(chromium, tmp_path) as at, at.person("sam") as sam:
        await at.go(sam, "start?site=crm&subject=jonas.weber")
        await sam.get_by_label("Why").fill("The board looks empty to him")
        await at.act(sam, "Jonas Weber")
        await leave(sam)
        shown = {}
        for zone in ("Asia/Tokyo", "America/Lima"):
            cdp = await sam.context.new_cdp_session(sam)
            await cdp.send("Emulation.setTimezoneOverride", {"timezoneId": zone})
            await at.go(sam, "sessions")
            began = sam.locator("time.ago").first
            at_that_time = await began.evaluate(
                """(time, timeZone) => new Intl.DateTimeFormat("en", {
                     dateStyle: "medium", timeStyle: "short", timeZone,
                   }).format(new Date(time.dateTime))""",
                zone,
            )
            await expect(began).to_have_attribute("title", at_that_time)
            shown[zone] = at_that_time
            await cdp.detach()
        assert shown["Asia/Tokyo"] != shown["America/Lima"]
        await sam.context.grant_permissions(["clipboard-read", "clipboard-write"])
        copy = sam.get_by_role("button", name="Copy the reason").first
        await copy.click()
        await expect(sam.get_by_role("button", name="Copied the reason").first).to_be_visible()
        copied = await sam.evaluate("navigator.clipboard.readText()")
        assert copied == "The board looks empty to him"
