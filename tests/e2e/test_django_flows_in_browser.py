"""The flows of the console and the bar with Django's admin as the app, in a real Chromium."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.bar import bar_words, focused_on, press, shot
from tests.e2e.django_app.process import DjangoApp
from tests.e2e.harness import CONSOLE, Running, running, site
from tests.e2e.test_accessibility import OPEN_ROOTS, axe, check
from tests.e2e.test_act_button import SIGN_IN

pytestmark = pytest.mark.timeout(120)
IN_THE_APP = re.compile(r"https?://[a-z0-9]+\.(crm|help)\.localhost.*")


class Office:
    """Ada's window before the console of a gateway with Django's admin behind two names."""

    def __init__(self, page: Page, gw: Running) -> None:
        self.page = page
        self.console = f"http://{CONSOLE}:{gw.port}/_gateway/"

    async def act(self, path: str, name: str) -> None:
        """Start a session by the form, and arrive in the admin."""
        await self.page.goto(self.console + path)
        await self.page.get_by_label("Why").fill("The group looks empty")
        await self.page.get_by_role("button", name=f"Act as {name}").click()
        await self.page.wait_for_url(IN_THE_APP)
        await self.page.goto("/".join(self.page.url.split("/")[:3]) + "/admin/")
        await expect(self.page).to_have_title(re.compile(f"^As {name} · "))


@asynccontextmanager
async def office(
    chromium: Browser, folder: Path, store_url: str, django: DjangoApp
) -> AsyncIterator[Office]:
    sites = [
        site(django.port),
        site(django.port, name="help", label="Help desk", hosts=["help.localhost"]),
    ]
    async with running(folder, store_url, *sites, sign_in=SIGN_IN) as gw:
        context = await chromium.new_context(extra_http_headers={"X-Auth-User": "ada"})
        yield Office(await context.new_page(), gw)
        await context.close()


async def test_a_site_is_chosen_where_a_user_exists_on_several(
    chromium: Browser, django: DjangoApp, tmp_path: Path, store_url: str
) -> None:
    async with office(chromium, tmp_path, store_url, django) as at:
        page = at.page
        await page.goto(at.console)
        await page.get_by_label("Whom do you want to act for?").press_sequentially("jonas")
        await page.get_by_role("link", name="About jonas").click()
        await expect(page.get_by_role("heading", name="Act where?")).to_be_visible()
        await page.get_by_role("link", name="Act as Jonas Weber in Help desk").click()
        await at.act(page.url.partition("/_gateway/")[2], "Jonas Weber")
        assert ".help.localhost" in page.url
        await press(page, "DisclosureTriangle", "Details")
        await press(page, "link", "Act in CRM")
        await expect(page.get_by_role("heading", name="Act as Jonas Weber")).to_be_visible()
        await expect(page.get_by_text("· CRM")).to_be_visible()


async def test_a_session_is_raised_extended_minimized_and_looked_back_at(
    chromium: Browser, django: DjangoApp, tmp_path: Path, store_url: str
) -> None:
    group, name = django.add_group()
    async with office(chromium, tmp_path, store_url, django) as at:
        page = at.page
        await at.act("start?site=crm&subject=jonas", "Jonas Weber")
        origin = page.url.partition("/admin/")[0]
        await page.goto(f"{origin}/admin/auth/group/{group}/change/")
        refused = f"fetch('/admin/auth/group/{group}/delete/', {{method: 'POST'}})"
        await page.evaluate(f"{refused}.then((a) => a.text())")
        await page.wait_for_function("document.querySelector('[data-gateway-refused]')")
        for _ in range(200):
            words = await bar_words(page)
            if "Not sent to the app" in words:
                break
        assert any("read_only.safe_methods" in each for each in words)
        await press(page, "DisclosureTriangle", "Details")
        await press(page, "link", "Ask to change")
        await page.get_by_label("Why").fill("Put the name right")
        await page.get_by_role("button", name="Change things").click()
        await page.wait_for_url(f"{origin}/admin/auth/group/{group}/change/")
        await press(page, "DisclosureTriangle", "Details")
        await page.get_by_label("Name:").fill(f"{name}!")
        await page.get_by_role("button", name="Save", exact=True).click()
        await expect(page.locator(".messagelist .success")).to_contain_text("successfully")
        assert django.changed_by(group) == ["jonas"]
        await press(page, "DisclosureTriangle", "Details")
        async with page.context.expect_page() as opened:
            await press(page, "link", "Extend")
        tab = await opened.value
        await tab.get_by_label("Why").fill("Not found it yet")
        await tab.get_by_role("button", name="Extend the session").click()
        await tab.get_by_role("link", name="Go on in this tab").click()
        await tab.wait_for_url(re.compile(f"{origin}/admin/.*"))
        await tab.close()
        await page.goto(f"{origin}/admin/no-such-page/")
        await page.goto(f"{origin}/admin/")
        await page.keyboard.press("Alt+Shift+G")
        await press(page, "button", "Minimize")
        for _ in range(200):
            if (await focused_on(page))[1].startswith("as Jonas Weber"):
                break
        await shot(page, "django-minimized")
        await page.goto(f"{at.console}sessions")
        await page.get_by_role("link", name="Timeline").first.click()
        change = page.get_by_text(f"POST /admin/auth/group/{group}/change/", exact=True)
        missing = page.get_by_text("GET /admin/no-such-page/", exact=True)
        await page.get_by_role("link", name="Changes", exact=True).click()
        await expect(change).to_be_visible()
        await expect(missing).to_have_count(0)
        await page.get_by_role("link", name="Errors", exact=True).click()
        await expect(missing).to_be_visible()
        await expect(change).to_have_count(0)
        await page.get_by_role("link", name="Refused", exact=True).click()
        refusal = page.get_by_text(f"POST /admin/auth/group/{group}/delete/", exact=True)
        await expect(refusal).to_be_visible()


async def test_two_sessions_side_by_side_end_by_one_click(
    chromium: Browser, django: DjangoApp, tmp_path: Path, store_url: str
) -> None:
    async with office(chromium, tmp_path, store_url, django) as at:
        await at.act("start?site=crm&subject=jonas", "Jonas Weber")
        first = at.page
        at.page = await first.context.new_page()
        await at.act("start?site=help&subject=priya", "Priya Nair")
        await first.reload()
        await expect(first).to_have_title(re.compile("^As Jonas Weber · "))
        await expect(at.page).to_have_title(re.compile("^As Priya Nair · "))
        console = await first.context.new_page()
        await console.goto(f"{at.console}sessions")
        await console.get_by_role("button", name="End your 2 sessions").click()
        await expect(console.get_by_text("Nobody is acting for anybody now.")).to_be_visible()
        for page in (first, at.page):
            await page.reload()
            await expect(page.get_by_role("heading", name="This session is over")).to_be_visible()
        found: list[str] = []
        await check(first, found, "session-over")
        assert not found, "\n".join(found)


async def test_axe_finds_nothing_in_the_bar(
    chromium: Browser, django: DjangoApp, tmp_path: Path, store_url: str
) -> None:
    async with office(chromium, tmp_path, store_url, django) as at:
        await at.page.add_init_script(OPEN_ROOTS)
        await at.act("start?site=crm&subject=jonas", "Jonas Weber")
        found: dict[str, list[str]] = {}
        bar = at.page.locator("gateway-bar")
        for view in ("Details", "Minimize", ""):
            for color in ("light", "dark"):
                for width in (390, 1280):
                    await at.page.set_viewport_size({"width": width, "height": 900})
                    await at.page.emulate_media(color_scheme="dark" if color == "dark" else "light")
                    await at.page.evaluate(axe())
                    said = await at.page.evaluate("axe.run({ include: ['gateway-bar'] })")
                    assert said["passes"]
                    found[f"{view}, {color}, {width}"] = [
                        f"{rule['id']} at {[node['target'] for node in rule['nodes']]}"
                        for rule in said["violations"]
                    ]
                    name = f"before-{view}" if view else "minimized"
                    await shot(at.page, f"django-{name}-{width}-{color}")
            if view:
                await bar.get_by_text(view).locator("visible=true").last.click()
        assert not any(found.values()), found


async def test_where_the_app_is_down_one_leaves_all_the_same(
    chromium: Browser, tmp_path: Path, store_url: str
) -> None:
    nobody_listens = 9
    async with running(tmp_path, store_url, site(nobody_listens), sign_in=SIGN_IN) as gw:
        context = await chromium.new_context(extra_http_headers={"X-Auth-User": "ada"})
        page = await context.new_page()
        await page.goto(f"http://{CONSOLE}:{gw.port}/_gateway/start?site=crm&subject=jonas")
        await page.get_by_label("Why").fill("The page stays white")
        await page.get_by_role("button", name="Act as Jonas Weber").click()
        await expect(page.get_by_text("Acting as Jonas Weber, look only")).to_be_visible()
        found: list[str] = []
        await check(page, found, "app-down")
        assert not found, "\n".join(found)
        await page.get_by_role("link", name="Leave").click()
        await expect(page.get_by_role("heading", name="You are yourself again")).to_be_visible()
        assert gw.gateway.live.under_way() == 0
        await context.close()
