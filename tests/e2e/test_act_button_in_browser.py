"""The button in a real Chromium: pages of one script, strict policies, and everybody who looks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.e2e.bar import nodes_of, press, shot
from tests.e2e.django_app.process import DjangoApp
from tests.e2e.harness import HOST, Running, running, site
from tests.e2e.recorder_app import RecorderApp, http
from tests.e2e.test_accessibility import OPEN_ROOTS, check
from tests.e2e.test_act_button import SIGN_IN
from tests.e2e.test_django_in_browser import sign_in_as_oneself

HTML = "text/html; charset=utf-8"
PAGE = b"""<!doctype html><html lang=en><head><title>Staff</title>
<meta name=viewport content="width=device-width">
<meta name=color-scheme content="light dark"></head>
<body><main><h1>Staff</h1><div id=spot><h2>Somebody</h2></div></main></body></html>"""
PLACES: list[dict[str, Any]] = [
    {"path": "/employees/{id}", "selector": "#spot h2", "loaded_at": ["/", "/app/**"]},
    {"path": "/mail/{id}", "by": "email", "selector": "h1", "position": "inside_end"},
]


@asynccontextmanager
async def looking(
    chromium: Browser, folder: Path, store_url: str, app: RecorderApp, **context: Any
) -> AsyncIterator[tuple[Page, Running, str]]:
    """A window of an operator whom a header proves."""
    said = site(app.port, act_button=PLACES)
    async with running(folder, store_url, said, sign_in=SIGN_IN) as gw:
        window = await chromium.new_context(extra_http_headers={"X-Auth-User": "ada"}, **context)
        try:
            yield await window.new_page(), gw, f"http://{HOST}:{gw.port}"
        finally:
            await window.close()


async def buttons(page: Page, *, wanted: int) -> list[str]:
    """The names of all buttons, once there are as many; else as they are after a while."""
    found: list[str] = []
    for _ in range(60):
        nodes = await nodes_of(page)
        found = [name for role, name, _ in nodes if role == "link" and "Act on behalf" in name]
        if len(found) == wanted:
            break
        await page.evaluate("new Promise(requestAnimationFrame)")
    return found


async def test_it_follows_an_app_of_one_page(
    chromium: Browser, app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    app.reply = http(PAGE, type_=HTML)
    async with looking(chromium, tmp_path, store_url, app) as (page, _, origin):
        await page.goto(f"{origin}/app/start")
        assert await buttons(page, wanted=0) == []
        await page.evaluate("history.pushState({}, '', '/employees/jonas')")
        assert await buttons(page, wanted=1) == ["Act on behalf of jonas"]
        await page.evaluate("history.replaceState({}, '', '/employees/priya#notes')")
        assert await buttons(page, wanted=1) == ["Act on behalf of priya"]
        await page.evaluate("history.pushState({}, '', '/settings')")
        assert await buttons(page, wanted=0) == []
        await page.evaluate("history.pushState({}, '', '/mail/a%40b.example')")
        assert await buttons(page, wanted=1) == ["Act on behalf of a@b.example"]
        await page.go_back()
        assert await buttons(page, wanted=0) == []
        await page.go_back()
        assert await buttons(page, wanted=1) == ["Act on behalf of priya"]


async def test_it_survives_its_spot_and_comes_once(
    chromium: Browser, app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    app.reply = http(PAGE, type_=HTML)
    async with looking(chromium, tmp_path, store_url, app) as (page, _, origin):
        await page.goto(f"{origin}/employees/jonas")
        assert await buttons(page, wanted=1)
        for _ in range(5):
            await page.evaluate("spot.innerHTML = '<h2>Again</h2><h2>And again</h2>'")
            assert await buttons(page, wanted=1) == ["Act on behalf of jonas"]
        await page.evaluate("spot.remove()")
        assert await buttons(page, wanted=0) == []


async def test_an_app_that_takes_it_away_each_time_is_not_fought_in_a_loop(
    chromium: Browser, app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    app.reply = http(PAGE, type_=HTML)
    async with looking(chromium, tmp_path, store_url, app) as (page, _, origin):
        await page.goto(f"{origin}/employees/jonas")
        assert await buttons(page, wanted=1)
        put_back = await page.evaluate(
            """async () => {
                let count = 0;
                new MutationObserver(changes => {
                    for (const each of changes)
                        for (const node of each.addedNodes) { count += 1; node.remove(); }
                }).observe(spot, { childList: true });
                spot.querySelector("span").remove();
                for (let frame = 0; frame < 90; frame++) await new Promise(requestAnimationFrame);
                return count;
            }"""
        )
        assert 1 <= put_back <= 25


@pytest.mark.parametrize(
    "policy",
    [
        "default-src 'none'",
        "default-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
        "script-src 'nonce-abc' 'strict-dynamic'; style-src 'none'; connect-src 'none'",
    ],
)
async def test_it_is_there_under_a_strict_policy(
    chromium: Browser, app: RecorderApp, tmp_path: Path, store_url: str, policy: str
) -> None:
    app.reply = http(PAGE, type_=HTML, headers=(f"Content-Security-Policy: {policy}",))
    async with looking(chromium, tmp_path, store_url, app) as (page, gw, origin):
        broken: list[str] = []
        page.on("console", lambda said: broken.append(said.text))
        await page.goto(f"{origin}/mail/jonas%40nordlicht.example")
        assert await buttons(page, wanted=1) == ["Act on behalf of jonas@nordlicht.example"]
        assert [text for text in broken if "act.js" in text or "Trusted" in text] == []
        await press(page, "link", "Act on behalf of jonas@nordlicht.example")
        await page.wait_for_url(
            f"http://acting.localhost:{gw.port}/_gateway/start?site=crm"
            "&email=jonas%40nordlicht.example&return_to=*"
        )
        await page.get_by_role("button", name="Act as Jonas Weber").wait_for()


@pytest.mark.parametrize("colors", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
async def test_everybody_can_use_it(
    chromium: Browser, app: RecorderApp, tmp_path: Path, store_url: str, colors: str, width: int
) -> None:
    app.reply = http(PAGE, type_=HTML)
    size = {"width": width, "height": 600}
    async with looking(chromium, tmp_path, store_url, app, color_scheme=colors, viewport=size) as (
        page,
        _,
        origin,
    ):
        await page.goto(f"{origin}/employees/jonas")
        assert await buttons(page, wanted=1)
        await shot(page, f"act-button-{colors}-{width}")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await page.keyboard.press("Tab")
        await shot(page, f"act-button-{colors}-{width}-focus")
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Act as Jonas Weber").wait_for()


async def test_axe_finds_nothing(
    chromium: Browser, app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    app.reply = http(PAGE, type_=HTML)
    found: list[str] = []
    async with looking(chromium, tmp_path, store_url, app) as (page, _, origin):
        await page.add_init_script(OPEN_ROOTS)
        await page.goto(f"{origin}/employees/jonas")
        assert await buttons(page, wanted=1)
        await check(page, found, "act button")
        await page.goto(f"{origin}/employees/7")
        await press(page, "link", "Act on behalf of 7")
        await page.get_by_role("link", name="Search").wait_for()
        await check(page, found, "start for nobody")
    assert found == []


async def test_on_djangos_page_of_a_user(
    chromium: Browser, django: DjangoApp, tmp_path: Path, store_url: str
) -> None:
    place = {"path": "/admin/auth/user/{id}/change/", "selector": "#content h1"}
    said = site(django.port, act_button=[place])
    async with running(tmp_path, store_url, said, sign_in=SIGN_IN) as gw:
        page = await chromium.new_page(extra_http_headers={"X-Auth-User": "ada"})
        await sign_in_as_oneself(page, gw)
        await page.goto(f"http://{HOST}:{gw.port}/admin/auth/user/")
        assert await buttons(page, wanted=0) == []
        await page.locator("#result_list tbody th a").first.click()
        (name,) = await buttons(page, wanted=1)
        await shot(page, "act-button-django")
        await press(page, "link", name)
        number = name.rpartition(" ")[2]
        await page.get_by_text(f"nobody with the id {number} whom you may see.").wait_for()
        await page.get_by_role("link", name="Search").click()
        await page.wait_for_url(f"http://acting.localhost:{gw.port}/_gateway/?site=crm&q={number}")
        await page.close()
