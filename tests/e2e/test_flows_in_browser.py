"""What several people do with the demo, each in a browser of their own."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.bar import bar_words, leave, press, shot
from tests.e2e.demo_process import Demo, running_demo

pytestmark = pytest.mark.timeout(240)
IN_THE_APP = re.compile(r"https?://[a-z0-9]+\.crm\.localhost.*")
MEI = "start?site=crm&subject=mei.tanaka&mode=read_write"


class Office:
    """A demo, and the browsers of those who sign in to its console."""

    def __init__(self, demo: Demo, chromium: Browser, *, scripts: bool) -> None:
        self.demo = demo
        self._chromium = chromium
        self._scripts = scripts

    @asynccontextmanager
    async def person(self, name: str) -> AsyncIterator[Page]:
        """Somebody's window, signed in."""
        context = await self._chromium.new_context(java_script_enabled=self._scripts)
        page = await context.new_page()
        await page.goto(self.demo.console)
        await page.get_by_label("Name").fill(name)
        await page.get_by_label("Password").fill("demo")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("heading", name="People", exact=True)).to_be_visible()
        yield page
        await context.close()  # or the stop would wait for its event streams

    async def go(self, page: Page, path: str) -> None:
        await page.goto(self.demo.console + path)

    async def act(self, page: Page, name: str, button: str = "Act as") -> None:
        """Press the button that starts a session, and arrive in the app."""
        await page.get_by_role("button", name=f"{button} {name}").click()
        if not self._scripts:
            await page.get_by_role("button", name=f"Act as {name}").click()
        await page.wait_for_url(IN_THE_APP)
        await expect(page.locator("header").first).to_contain_text(name)


@asynccontextmanager
async def office(chromium: Browser, folder: Path, *, scripts: bool = True) -> AsyncIterator[Office]:
    async with running_demo(folder) as demo:
        yield Office(demo, chromium, scripts=scripts)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
async def test_a_second_person_is_asked_and_approves(
    chromium: Browser, tmp_path: Path, scripts: bool
) -> None:
    async with (
        office(chromium, tmp_path, scripts=scripts) as at,
        at.person("ada") as ada,
        at.person("mira") as mira,
    ):
        await at.go(ada, MEI + "&ticket=%237")
        await ada.get_by_label("Why").fill("Fix her billing address")
        await ada.get_by_role("button", name="Ask a second person").click()
        await expect(ada.get_by_role("status")).to_contain_text("It was asked for.")
        await mira.get_by_role("link", name="Approvals").click()
        await expect(mira.get_by_text("Ada Okafor for Mei Tanaka")).to_be_visible()
        await shot(mira, "flow-approvals")
        await mira.get_by_role("button", name="Approve").click()
        await expect(mira.get_by_role("status")).to_contain_text("It is approved.")
        await ada.reload()
        await ada.get_by_role("link", name="Act as Mei Tanaka").click()
        await expect(ada.get_by_text("by Mira Santos")).to_be_visible()
        await at.act(ada, "Mei Tanaka")
        await ada.get_by_role("link", name="Deals", exact=True).click()
        await ada.locator("main form[method=post] button").first.click()
        await expect(ada.get_by_role("heading", name="Deals")).to_be_visible()


async def test_a_request_is_refused_with_a_reason_that_who_asked_can_read(
    chromium: Browser, tmp_path: Path
) -> None:
    async with office(chromium, tmp_path) as at, at.person("ada") as ada, at.person("mira") as mira:
        await at.go(ada, MEI + "&ticket=%237")
        await ada.get_by_label("Why").fill("Fix her billing address")
        await ada.get_by_role("button", name="Ask a second person").click()
        await at.go(mira, "approvals")
        await mira.get_by_role("button", name="Refuse").click()
        await expect(mira.get_by_role("alert")).to_be_focused()
        await mira.get_by_label("Why").fill("She can do it herself")
        await mira.get_by_role("button", name="Refuse").click()
        await at.go(ada, "approvals")
        await expect(ada.get_by_text("Mira Santos: She can do it herself")).to_be_visible()


async def test_an_emergency_waits_for_nobody_and_is_looked_into_afterwards(
    chromium: Browser, tmp_path: Path
) -> None:
    async with office(chromium, tmp_path) as at, at.person("sam") as sam, at.person("mira") as mira:
        await at.go(sam, MEI)
        await expect(sam.get_by_text("not allowed").first).to_be_attached()
        await sam.get_by_label("Why").fill("Orders are lost every minute")
        await sam.get_by_label("This is an emergency").check()
        await expect(sam.locator(".by-mode.read_write .caution")).to_have_count(0)
        await at.act(sam, "Mei Tanaka")
        assert "emergency access, your changes are real" in await bar_words(sam)
        await leave(sam)
        await at.go(mira, "approvals")
        await mira.get_by_label("What you found").fill("They were lost, and are not any more")
        await mira.get_by_role("button", name="It was justified").click()
        await expect(mira.get_by_text("justified").last).to_be_visible()
        await mira.get_by_role("link", name="Sam Rivera").click()
        await expect(mira.get_by_role("heading", name="Sam Rivera as Mei Tanaka")).to_be_visible()
        await expect(mira.get_by_text("emergency").first).to_be_visible()


async def test_a_session_is_raised_from_its_bar_and_looks_only_again(
    chromium: Browser, tmp_path: Path
) -> None:
    async with office(chromium, tmp_path) as at, at.person("sam") as sam:
        await at.go(sam, "start?site=crm&subject=jonas.weber")
        await sam.get_by_label("Why").fill("The deal board looks empty to him")
        await at.act(sam, "Jonas Weber")
        await sam.get_by_role("link", name="Deals", exact=True).click()
        stage = sam.locator("main form[method=post] button").first
        await expect(stage).to_have_attribute("data-gateway-refused", "read_only.safe_methods")
        await press(sam, "DisclosureTriangle", "Details")
        await press(sam, "link", "Ask to change")
        await sam.get_by_label("Why").fill("Move the deal that is stuck")
        await shot(sam, "flow-raise")
        await sam.get_by_role("button", name="Change things").click()
        await sam.wait_for_url(re.compile(r".*/deals$"))
        await stage.click()
        await expect(sam.get_by_role("heading", name="Deals")).to_be_visible()
        assert any(text.startswith("your changes are real until") for text in await bar_words(sam))
        await press(sam, "link", "Look only again")
        await sam.get_by_role("button", name="Look only from now on").click()
        await sam.wait_for_url(re.compile(r".*/deals$"))
        await stage.click()
        await expect(sam.get_by_text("This would change something")).to_be_visible()
        await sam.get_by_role("link", name="Go back").click()
        await sam.locator("input[name=q]").first.fill("typed")
        async with sam.context.expect_page() as opened:
            await press(sam, "link", "Extend")
        tab = await opened.value
        await tab.get_by_label("Why").fill("Not found it yet")
        await tab.get_by_role("button", name="Extend the session").click()
        await expect(tab.get_by_role("status")).to_contain_text("The session lasts longer.")
        await expect(sam.locator("input[name=q]").first).to_have_value("typed")
        await tab.get_by_role("link", name="Go on in this tab").click()
        await tab.wait_for_url(re.compile(r".*/deals$"))


async def test_two_sessions_side_by_side_are_told_apart_and_ended_by_one_click(
    chromium: Browser, tmp_path: Path
) -> None:
    async with office(chromium, tmp_path) as at, at.person("sam") as sam:
        tabs = {}
        for subject, name in (("jonas.weber", "Jonas Weber"), ("priya.nair", "Priya Nair")):
            tabs[name] = await sam.context.new_page()
            await at.go(tabs[name], f"start?site=crm&subject={subject}")
            await tabs[name].get_by_label("Why").fill("Both see another board")
            await at.act(tabs[name], name)
            await expect(tabs[name]).to_have_title(re.compile(f"^As {name} · "))
        await sam.get_by_role("link", name="Sessions", exact=True).click()
        await expect(sam.get_by_role("button", name="Open the session as Priya")).to_be_visible()
        await shot(sam, "flow-side-by-side")
        await sam.get_by_role("button", name="End your 2 sessions").click()
        await expect(sam.get_by_text("Nobody is acting for anybody now.")).to_be_visible()
        for page in tabs.values():
            await page.reload()
            await expect(page.get_by_role("heading")).to_contain_text(re.compile("session", re.I))


async def test_what_happened_in_a_session_is_looked_back_at(
    chromium: Browser, tmp_path: Path
) -> None:
    async with office(chromium, tmp_path) as at, at.person("ada") as ada, at.person("sam") as sam:
        await at.go(ada, "start?site=crm&subject=jonas.weber")
        await ada.get_by_label("Why").fill("The deal board looks empty to him")
        await at.act(ada, "Jonas Weber")
        await ada.goto(ada.url + "contacts/1")
        await ada.evaluate("fetch('/api/deals/1', {method: 'DELETE'}).then((a) => a.text())")
        await expect(ada.locator("gateway-bar")).to_be_attached()
        await sam.get_by_role("link", name="Sessions", exact=True).click()
        await sam.get_by_role("link", name="Timeline").first.click()
        await expect(sam.get_by_role("heading", name="Ada Okafor as Jonas Weber")).to_be_visible()
        await expect(sam.get_by_role("img", name="Requests over time")).to_be_visible()
        await expect(sam.get_by_text("DELETE /api/deals/1", exact=True)).to_be_visible()
        await shot(sam, "flow-timeline")
        await ada.goto("/".join(ada.url.split("/")[:3]) + "/tasks")
        await expect(sam.get_by_text("GET /tasks", exact=True)).to_be_visible()  # it is followed
        await sam.get_by_role("link", name="Hidden", exact=True).click()
        await expect(sam.get_by_text("GET /contacts/1", exact=True)).to_be_visible()
        await expect(sam.get_by_text("DELETE /api/deals/1", exact=True)).to_have_count(0)
        await sam.get_by_role("link", name="Refused", exact=True).click()
        await expect(sam.get_by_text("DELETE /api/deals/1", exact=True)).to_be_visible()


async def test_people_and_what_accounts_allow_are_managed(
    chromium: Browser, tmp_path: Path
) -> None:
    async with office(chromium, tmp_path) as at, at.person("sam") as sam:
        await sam.get_by_role("link", name="Settings").click()
        await sam.get_by_role("link", name="Add somebody").click()
        await sam.get_by_label("Id", exact=True).fill("mo")
        await sam.get_by_label("Name", exact=True).fill("Mo Diaz")
        await sam.get_by_label("E-mail address").fill("mo@support.example")
        await sam.get_by_label("Profile", exact=True).select_option("Support")
        await sam.get_by_label("Accounts that they own").fill("lotus")
        await sam.get_by_role("button", name="Add", exact=True).click()
        await expect(sam.get_by_role("status")).to_contain_text("They may sign in from now on.")
        await sam.get_by_role("button", name="Disable Mo Diaz").click()
        await expect(sam.get_by_role("heading", name="To hand over before")).to_be_visible()
        await sam.get_by_label("Accounts that they own").fill("")
        await sam.get_by_role("button", name="Save").click()
        await sam.get_by_role("button", name="Disable Mo Diaz").click()
        await expect(sam.get_by_role("button", name="Enable Mo Diaz")).to_be_visible()
        await sam.get_by_role("link", name="Policies").click()
        await sam.get_by_label("Who (empty: you)").fill("ada")
        await sam.get_by_label("For whom").fill("nora.finch")
        await sam.get_by_role("button", name="Explain").click()
        await expect(sam.get_by_role("status")).to_contain_text("the user’s consent")
        await at.go(sam, "preferences?site=crm&account=nordlicht")
        await sam.get_by_label("Each user is asked first").check()
        await sam.get_by_label("Why").fill("The board wants it")
        await sam.get_by_role("button", name="Save").click()
        await expect(sam.get_by_role("status")).to_contain_text("It holds from now on.")
        await at.go(sam, "start?site=crm&subject=jonas.weber")
        await expect(sam.get_by_role("button", name="Ask Jonas Weber")).to_be_visible()


async def test_whom_to_act_for_is_found_by_account_pinned_and_come_back_to(
    chromium: Browser, tmp_path: Path
) -> None:
    async with office(chromium, tmp_path) as at, at.person("sam") as sam:
        await sam.get_by_role("link", name="Accounts", exact=True).click()
        await sam.get_by_label("Find by name or id").press_sequentially("nord")
        await expect(sam.get_by_role("status")).to_have_text("1 account")
        await shot(sam, "flow-accounts")
        await expect(sam.get_by_role("link", name="Act for Nordlicht GmbH")).to_be_visible()
        await sam.get_by_role("link", name="Nordlicht GmbH", exact=True).click()
        await sam.get_by_text("New action").click()
        await expect(sam.get_by_role("link", name="Act for Nordlicht GmbH as such")).to_be_visible()
        await shot(sam, "flow-account")
        await sam.get_by_label("Find by name").press_sequentially("lena")
        await expect(sam.get_by_role("link", name="Act as Jonas Weber")).to_have_count(0)
        await sam.get_by_role("link", name="Lena Brandt", exact=True).click()
        await sam.get_by_role("button", name="Pin Lena Brandt").click()
        await expect(sam.get_by_role("button", name="Unpin Lena Brandt")).to_be_visible()
        await shot(sam, "flow-user")
        await sam.get_by_role("link", name="Act as Lena Brandt").click()
        await sam.get_by_label("Why").fill("The board looks empty to her")
        await sam.get_by_label("For how long").select_option("5")
        await sam.get_by_role("button", name="Act as Lena Brandt for 5 minutes").click()
        await sam.wait_for_url(IN_THE_APP)
        await at.go(sam, "start?site=crm&subject=jonas.weber")
        await sam.get_by_label("Why").fill("The board looks empty to him")
        await at.act(sam, "Jonas Weber")
        await at.go(sam, "")
        await expect(sam.get_by_role("heading", name="Pinned")).to_be_visible()
        await expect(sam.get_by_role("link", name="About lena.brandt")).to_be_visible()
        await expect(sam.get_by_role("heading", name="Lately")).to_be_visible()
        await expect(sam.get_by_role("link", name="About jonas.weber")).to_be_visible()
        await shot(sam, "flow-people")
        await sam.get_by_role("link", name="All people").click()
        await sam.get_by_label("Status").select_option("deactivated")
        await expect(sam.get_by_role("link", name="Kenji Mori", exact=True)).to_be_visible()
        await expect(sam.get_by_role("link", name="Act as Jonas Weber")).to_have_count(0)
        await sam.get_by_role("link", name="Hoshi Trading").click()
        await at.go(sam, "account?site=crm&id=nordlicht&tab=sessions")
        await expect(sam.get_by_text("The board looks empty to her").first).to_be_visible()


async def test_records_are_exported_to_a_file_and_fetched(
    chromium: Browser, tmp_path: Path
) -> None:
    async with office(chromium, tmp_path) as at, at.person("sam") as sam:
        await at.go(sam, "start?site=crm&subject=jonas.weber")
        await sam.get_by_label("Why").fill("The board looks empty to him")
        await at.act(sam, "Jonas Weber")
        await at.go(sam, "exports?account=nordlicht&site=crm")
        await expect(sam.get_by_label("Account (its id)")).to_have_value("nordlicht")
        await sam.get_by_role("button", name="Write the file").click()
        fetch = sam.get_by_role("link", name="Download")
        await expect(fetch).to_be_visible(timeout=30_000)
        await shot(sam, "flow-export")
        async with sam.expect_download() as fetched:
            await fetch.click()
        text = (await (await fetched.value).path()).read_text()
        assert "jonas.weber" in text
        assert "session.started" in text
        await sam.get_by_role("button", name="Remove").click()
        await expect(sam.get_by_text("You have none.")).to_be_visible()


async def test_how_the_gateway_is_is_seen_by_those_who_may(
    chromium: Browser, tmp_path: Path
) -> None:
    async with office(chromium, tmp_path) as at, at.person("sam") as sam, at.person("ada") as ada:
        await at.go(sam, "settings/system")
        await expect(sam.get_by_text(re.compile("people in 4 accounts"))).to_be_visible()
        await expect(sam.get_by_text("embedded")).to_be_visible()
        await shot(sam, "flow-system")
        await at.go(ada, "settings/system")
        await expect(ada.get_by_role("heading", level=1)).not_to_have_text("System")
