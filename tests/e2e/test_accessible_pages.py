"""axe finds nothing on the console's pages, with people and sessions on them, wide and narrow."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.test_accessibility import check
from tests.e2e.test_flows_in_browser import MEI, Office, office

PAGES = {
    "people": "?q=o",
    "user": "user?site=crm&id=mei.tanaka",
    "start, not allowed": MEI,
    "start, user to be asked": "start?site=crm&subject=nora.finch",
    "accounts": "accounts",
    "all people": "users",
    "account": "account?site=crm&id=hoshi",
    "account, sessions": "account?site=crm&id=hoshi&tab=sessions",
    "sessions": "sessions",
    "exports": "exports?account=hoshi&site=crm",
    "system": "settings/system",
    "approvals": "approvals",
    "team": "settings/team",
    "somebody new": "settings/team/new",
    "somebody of the file": "settings/team/person?id=ada",
    "oneself": "settings/team/person?id=sam",
    "profiles": "settings/profiles",
    "policies": "settings/policies",
    "policies, explained": "settings/policies?subject=mei.tanaka&operator=ada&mode=read_write",
    "policies, who may": "settings/policies?subject=mei.tanaka&ask=who",
    "preferences": "preferences?site=crm&account=alder",
}


async def fill(at: Office, ada: Page, sam: Page) -> str:
    """Let there be a request that waits, an emergency, and a session; give the session's id."""
    await at.go(ada, MEI + "&ticket=%237")
    await ada.get_by_label("Why").fill("Fix her billing address")
    await ada.get_by_role("button", name="Ask a second person").click()
    await at.go(sam, MEI)
    await sam.get_by_label("Why").fill("Orders are lost every minute")
    await sam.get_by_label("This is an emergency").check()
    await expect(sam.locator(".by-mode.read_write .caution")).to_have_count(0)
    await at.act(sam, "Mei Tanaka")
    await sam.evaluate("fetch('/sign-out', { method: 'POST' }).then((a) => a.text())")
    await at.go(sam, "sessions")
    link = sam.get_by_role("link", name="Timeline").first
    return str(await link.get_attribute("href")).rpartition("/")[2]


async def on_the_way(at: Office, ada: Page, sam: Page, found: list[str]) -> None:
    """Check the pages that stand between others: asking a user, entering, raising, a way back."""
    await at.go(sam, "start?site=crm&subject=nora.finch")
    await sam.get_by_label("Why").fill("Her list of deals is empty")
    await sam.get_by_role("button", name="Ask Nora Finch").click()
    await expect(sam.get_by_role("heading", name="You asked Nora Finch")).to_be_visible()
    await check(sam, found, "user asked")
    await ada.route("**/submit-*.js", lambda route: route.abort())  # or it goes on by itself
    await at.go(ada, "start?site=crm&subject=jonas.weber")
    await ada.get_by_label("Why").fill("The deal board looks empty to him")
    await ada.get_by_role("button", name="Act as Jonas Weber").click()
    enter = ada.get_by_role("button", name="Act as Jonas Weber", exact=True)
    await expect(enter).to_be_visible()
    await check(ada, found, "enter")
    address = ada.url
    await enter.click()
    await expect(ada.locator("header").first).to_contain_text("Jonas Weber")
    await ada.goto(address)
    await expect(ada.get_by_role("link", name="Go to the app")).to_be_visible()
    await check(ada, found, "entered already")
    await at.go(ada, "sessions")
    timeline = await ada.get_by_role("link", name="Timeline").first.get_attribute("href")
    await ada.goto(ada.url.partition("/_gateway/")[0] + f"{timeline}/raise")
    await expect(ada.get_by_role("button", name="Change things")).to_be_visible()
    await check(ada, found, "raise")
    await at.go(sam, "exports?account=nordlicht&site=crm")
    await sam.get_by_role("button", name="Write the file").click()
    await expect(sam.get_by_role("link", name="Download")).to_be_visible(timeout=30_000)
    await check(sam, found, "exports, one")


@pytest.mark.timeout(240)
async def test_axe_finds_nothing_on_the_pages_of_the_console(
    chromium: Browser, tmp_path: Path
) -> None:
    found: list[str] = []
    async with office(chromium, tmp_path) as at, at.person("ada") as ada, at.person("sam") as sam:
        session = await fill(at, ada, sam)
        of_session = {
            "timeline": f"sessions/{session}",
            "timeline, refused": f"sessions/{session}?only=refused",
            "raised already": f"sessions/{session}/raise",
            "extend": f"sessions/{session}/extend",
        }
        for name, path in (PAGES | of_session).items():
            await at.go(sam, path)
            await expect(sam.get_by_role("heading", level=1)).to_be_visible()
            await check(sam, found, name)
        await on_the_way(at, ada, sam, found)
    assert found == []
