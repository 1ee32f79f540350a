"""The main job in a real Chromium: by keyboard, with and without scripts, on any screen."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import msgspec
import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, Route, expect

from gateway.console.cookies import OPERATOR_COOKIE, SESSION_COOKIE
from gateway.console.values import SiteCard
from gateway.model import Mode
from tests.console.characters import ADA, JONAS, MEI, NOW, PASSWORD, SAM, make_session
from tests.console.support import World

Opener = Callable[..., AbstractAsyncContextManager[Page]]


@pytest.fixture
def opened(chromium: Browser, port: str) -> Opener:
    """Opens the console, signed in; meanwhile no script may fail and no policy be broken."""

    @asynccontextmanager
    async def opening(
        scripts: bool = True,
    ) -> AsyncIterator[Page]:
        context = await chromium.new_context(
            java_script_enabled=scripts,
            base_url=f"http://acting.localhost:{port}",
        )
        page = await context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))

        def hear(said: ConsoleMessage) -> None:
            if "Content Security Policy" in said.text or "Trusted" in said.text:
                complaints.append(said.text)

        page.on("console", hear)
        await page.goto("/")
        await page.get_by_label("Name").fill("ada")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Sessions")).to_be_visible()
        yield page
        assert complaints == []
        await context.close()

    return opening


async def start_by_mouse(page: Page) -> None:
    await page.get_by_label("Whom do you want to act for?").fill("weber")
    await page.get_by_role("button", name="Find").click()
    await page.get_by_role("link", name="Jonas Weber").click()
    await page.get_by_label("Why").fill("Deal board empty")
    await page.get_by_role("button", name="Act as Jonas Weber for 30 minutes").click()


async def test_with_scripts_one_click_leads_from_the_form_into_the_app(
    opened: Opener, world: World
) -> None:
    async with opened() as page:
        await start_by_mouse(page)
        await page.wait_for_url(f"{world.session_origin}/")
        await page.get_by_role("link", name="Leave").click()
        await expect(page.get_by_role("heading", name="You are yourself again")).to_be_visible()
        assert not world.live_sessions
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Sessions")).to_be_visible()


async def test_without_scripts_the_same_job_takes_two_clicks_more(
    opened: Opener, world: World
) -> None:
    async with opened(scripts=False) as page:
        await start_by_mouse(page)
        await page.get_by_role("button", name="Act as Jonas Weber").click()
        await page.wait_for_url(f"{world.session_origin}/")
        await page.get_by_role("link", name="Leave").click()
        await page.get_by_role("button", name="Leave").click()
        await expect(page.get_by_role("heading", name="You are yourself again")).to_be_visible()
        assert not world.live_sessions


async def test_the_whole_job_by_keyboard(opened: Opener, world: World) -> None:
    async with opened() as page:
        keys = page.keyboard
        await page.get_by_role("searchbox").focus()
        await keys.type("weber")
        await expect(page.get_by_text("1 person found.")).to_be_visible()
        await keys.press("ArrowDown")
        await expect(page.get_by_role("link", name="Jonas Weber")).to_be_focused()
        await keys.press("ArrowUp")
        await expect(page.get_by_role("searchbox")).to_be_focused()
        await keys.press("ArrowDown")
        await keys.press("Enter")
        await page.get_by_role("radio", name="Look only").focus()
        await keys.press("ArrowRight")
        mode = page.get_by_role("radio", name="Look and change")
        await expect(mode).to_have_accessible_description(re.compile("Your changes are real"))
        await expect(page.get_by_text("Your changes are real")).to_be_visible()
        await keys.press("Tab")
        await keys.type("Fix the address")
        await keys.press("Tab")
        await keys.type("#7")
        await keys.press("Tab")
        await keys.press("Enter")
        await page.wait_for_url(f"{world.session_origin}/")
        (session,) = world.live_sessions.values()
        assert (session.mode, session.ticket) == (Mode.READ_WRITE, "#7")


async def test_what_comes_late_takes_the_keyboard_from_nothing(opened: Opener) -> None:
    async with opened() as page:
        await page.goto("/_gateway/start?site=crm&subject=jonas.weber")
        asked, told = asyncio.Event(), asyncio.Event()

        async def late(route: Route) -> None:
            asked.set()
            await told.wait()
            await route.continue_()

        await page.route("**/start?*ticket=*", late)
        await page.get_by_label("Ticket").fill("#7")
        await page.keyboard.press("Tab")
        await asked.wait()
        button = page.get_by_role("button", name="Act as Jonas Weber")
        await button.focus()
        async with page.expect_response("**/start?*ticket=*"):
            told.set()
        await page.wait_for_function("!document.querySelector('.htmx-request')")
        await expect(button).to_be_focused()


async def test_the_mode_changes_what_is_said_before_a_start_without_scripts(
    opened: Opener,
) -> None:
    async with opened(scripts=False) as page:
        await page.goto("/_gateway/start?site=crm&subject=jonas.weber")
        await expect(page.get_by_text("every change;")).to_be_visible()
        await expect(page.get_by_text("Your changes are real")).to_be_hidden()
        await page.get_by_role("radio", name="Look and change").click()
        await expect(page.get_by_text("every change;")).to_be_hidden()
        await expect(page.get_by_text("Your changes are real")).to_be_visible()
        await expect(page.get_by_text("Rule writes_need_ticket")).to_be_visible()


async def test_searching_is_announced_kept_and_undone(opened: Opener) -> None:
    async with opened() as page:
        box = page.get_by_role("searchbox")
        await box.press_sequentially("hoshi")
        await expect(page.get_by_role("status")).to_have_text("2 people found.")
        await expect(page.locator(".people b")).to_have_count(0)
        await page.reload()
        await expect(box).to_have_value("hoshi")
        await expect(page.get_by_role("status")).to_have_text("2 people found.")
        await box.fill("")
        await expect(page.locator(".people a")).to_have_count(0)
        await box.fill("nobody at all")
        await expect(page.get_by_role("status")).to_have_text(
            "Nobody found for “nobody at all” in CRM."
        )


async def test_a_refusal_is_where_the_keyboard_and_the_reader_are(opened: Opener) -> None:
    async with opened() as page:
        await page.goto("/_gateway/start?site=crm&subject=root")
        await page.get_by_label("Why").fill("Looking into it")
        await page.get_by_role("button", name="Act as Root").click()
        await expect(page.get_by_role("alert")).to_be_focused()
        await expect(page.get_by_label("Why")).to_have_value("Looking into it")


async def test_times_left_go_on_by_the_servers_clock(opened: Opener, world: World) -> None:
    world.live_sessions["s1"] = make_session(ADA, JONAS, id="s1", expires_at=NOW + 3_000)
    async with opened() as page:
        await expect(page.locator("time.left")).to_have_text("over", timeout=10_000)


async def test_a_link_from_elsewhere_puts_nobody_into_a_session(
    opened: Opener, world: World
) -> None:
    world.live_sessions["s1"] = make_session(ADA, JONAS, id="s1")
    world.codes["c1"] = "s1"
    async with opened() as page:
        await page.goto("about:blank")
        await page.goto(f"{world.session_origin}/_gateway/enter?code=c1")
        await page.wait_for_load_state("networkidle")
        await expect(page.get_by_role("button", name="Act as Jonas Weber")).to_be_visible()
        assert world.codes


@pytest.mark.threat(40)
async def test_threat_40_leaving_clears_the_sessions_origin_and_nothing_else(
    opened: Opener, world: World, port: str
) -> None:
    app = f"http://crm.localhost:{port}"
    async with opened() as page:
        await page.context.add_cookies([{"name": "own", "value": "1", "url": app}])
        await start_by_mouse(page)
        await page.wait_for_url(f"{world.session_origin}/")
        await page.evaluate("localStorage.setItem('draft', 'of the subject')")
        await page.get_by_role("link", name="Leave").click()
        await expect(page.get_by_role("heading", name="You are yourself again")).to_be_visible()
        await page.goto(f"{world.session_origin}/")
        assert await page.evaluate("localStorage.getItem('draft')") is None
        names = {cookie.get("name") for cookie in await page.context.cookies()}
        assert {"own", OPERATOR_COOKIE} <= names
        assert SESSION_COOKIE not in names


async def test_no_page_is_wider_than_its_window(opened: Opener, world: World) -> None:
    long = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrentenauszahlungsstelle"
    world.people = (JONAS, msgspec.structs.replace(MEI, name=long))
    world.live_sessions = {
        "s1": make_session(ADA, JONAS, id="s1", reason=long, ticket=long),
        "s2": make_session(SAM, MEI, id="s2", mode=Mode.READ_WRITE),
    }
    world.sites = (*world.sites, SiteCard(name="shop", label=long, form_targets=()))
    async with opened() as page:
        for path in ("?site=crm&q=o", "start?site=crm&subject=mei.tanaka", "nowhere", "sign-in"):
            await page.goto(f"/_gateway/{path}")
            for width in (320, 390, 700, 701, 761, 1600):
                await page.set_viewport_size({"width": width, "height": 800})
                needed = await page.evaluate("document.documentElement.scrollWidth")
                assert needed <= width, path


async def test_every_stop_of_the_keyboard_is_seen(opened: Opener, world: World) -> None:
    world.live_sessions["s1"] = make_session(ADA, JONAS, id="s1")
    async with opened() as page:
        for path in ("?site=crm&q=o", "start?site=crm&subject=jonas.weber"):
            await page.goto(f"/_gateway/{path}")
            stops = await page.locator(
                "a[href], button, input:not([type=hidden]), textarea"
            ).count()
            for _ in range(stops - 1):
                await page.keyboard.press("Tab")
                assert await page.evaluate(
                    """() => {
                        const at = document.activeElement;
                        const drawn = at.type === "radio" ? at.nextElementSibling : at;
                        const seen = getComputedStyle(drawn).outlineStyle !== "none";
                        return seen || at === document.body;
                    }"""
                ), await page.evaluate("document.activeElement.outerHTML")
