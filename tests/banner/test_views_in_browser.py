"""What an operator does with the bar, in a real Chromium."""

from __future__ import annotations

import msgspec
import pytest
from playwright.async_api import Browser, expect

from tests.banner.looking import focused, told
from tests.banner.support import (
    CHANGE,
    HTML,
    LONG,
    NOW,
    REAL,
    STATE,
    Acting,
    acting,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

IDLE = msgspec.structs.replace(STATE, idle_ms=600_000)
ENDED = (29, 34, 48)
DARK_LOOK = (39, 73, 111)
DARK_CHANGE = (163, 40, 61)


async def left(window: Acting, seconds: int) -> None:
    """Wait until the time left is told as this, or as little less as a slow machine makes it."""
    times = {f"{at // 60}:{at % 60:02}" for at in range(seconds, seconds - 20, -1)}
    seen: list[str] = []
    for _ in range(200):
        seen = [node["name"] for node in await window.tree()]
        if times.intersection(seen):
            return
        await window.page.evaluate("new Promise(requestAnimationFrame)")
    pytest.fail(f"about {seconds} seconds are not among {seen}")


async def test_it_says_who_acts_for_whom_in_which_mode_for_how_long(window: Acting) -> None:
    await window.open(LONG)

    tree = await window.tree()
    names = [node["name"] for node in tree]
    assert {"role": "region", "name": "Acting on behalf of Jonas Weber"} in [
        {"role": node["role"], "name": node["name"]} for node in tree
    ]
    for words in ("Jonas Weber", "Nordlicht GmbH", "look only", "Leave", "Minimize", "Details"):
        assert words in names
    assert {"timer", "status"} <= {node["role"] for node in tree}
    assert any(name in names for name in ("21:40", "21:39", "21:38"))


async def test_real_changes_are_red_and_said(window: Acting) -> None:
    await window.open(LONG, state=REAL)

    await window.shown(CHANGE)
    assert "your changes are real" in [node["name"] for node in await window.tree()]


async def test_details_open_and_close(window: Acting) -> None:
    await window.open(LONG)
    width, height = window.size

    await window.page.mouse.click(width - 235, height - 20)
    await told(window, "Deal board empty after role change")
    await told(window, "Ada Okafor")
    await window.page.mouse.click(width - 235, height - 20)
    await window.page.evaluate("new Promise(requestAnimationFrame)")
    assert "Ada Okafor" not in [node["name"] for node in await window.tree()]


async def test_minimized_it_stays_small_from_page_to_page(window: Acting) -> None:
    await window.open(LONG, state=REAL)
    width, height = window.size

    await window.page.mouse.click(width - 150, height - 20)
    await told(window, "your changes are real")
    assert "Leave" not in [node["name"] for node in await window.tree()]
    await window.open(LONG, state=REAL)
    assert "Leave" not in [node["name"] for node in await window.tree()]

    await window.page.mouse.click(60, height - 24)
    await window.shown(CHANGE)
    await window.leaves()


async def test_all_of_it_works_by_keyboard_and_comes_last(window: Acting) -> None:
    await window.open(HTML + "<button id=own>Own</button>")
    await window.page.focus("#own")
    for name in ("Details", "Minimize", "Leave"):
        await window.page.keyboard.press("Tab")
        await focused(window, name)

    await window.page.keyboard.press("Shift+Tab")
    await window.page.keyboard.press("Enter")
    await focused(window, "as Jonas Weber")
    await window.page.keyboard.press("Space")
    await focused(window, "Details")
    async with window.page.expect_navigation(url="**/_gateway/leave"):
        await window.page.keyboard.press("Tab")
        await window.page.keyboard.press("Tab")
        await window.page.keyboard.press("Enter")


async def test_a_focus_trap_keeps_neither_mouse_nor_keyboard_out(window: Acting) -> None:
    trap = """<div id=trap><button id=own>Own</button></div><script>
        const back = (e) => { if (!trap.contains(e.target)) { e.preventDefault();
            e.stopImmediatePropagation(); own.focus() } };
        for (const type of ['focusin', 'mousedown', 'pointerdown', 'click'])
            document.addEventListener(type, back, true);
        document.addEventListener('focusout', (e) => {
            if (e.relatedTarget && !trap.contains(e.relatedTarget)) own.focus() }, true);
    </script>"""
    await window.open(HTML + trap)
    await window.page.focus("#own")
    await window.page.keyboard.press("Tab")
    await focused(window, "Details")
    await window.leaves()


SCREENS = {
    "element": "<div id=box style='background:lime'>x</div>",
    "root": "<script>const box = document.documentElement</script>",
    "video": "<video id=box controls style='background:lime'></video>",
    "in a root": "<p id=h></p><script>const root = h.attachShadow({mode:'open'});"
    "root.innerHTML = '<div style=background:lime>x</div>'; const box = root.firstChild</script>",
    "video in a root": "<p id=h></p><script>const root = h.attachShadow({mode:'open'});"
    "root.innerHTML = '<video></video>'; const box = root.firstChild</script>",
    "frame": "<iframe id=box src=/frame allow=fullscreen></iframe>",
    "in a closed root": "<p id=h></p><script>const root = h.attachShadow({mode:'closed'});"
    "root.innerHTML = '<div style=background:lime>x</div>'; const box = root.firstChild</script>",
}


@pytest.mark.threat(39)
@pytest.mark.parametrize("kind", SCREENS)
async def test_threat_39_full_screen_does_not_hide_it(window: Acting, kind: str) -> None:
    """Either the bar is in what fills the screen, or nothing fills it for long."""
    page = await window.open(
        HTML + "<button id=go onclick='box.requestFullscreen()'>Go</button>" + SCREENS[kind]
    )
    await page.evaluate(
        "document.addEventListener('fullscreenchange', () => { window.changed = true })"
    )
    await page.click("#go")
    await page.wait_for_function("window.changed")

    await window.shown()
    await window.leaves()


async def test_after_full_screen_it_is_where_it_was(window: Acting) -> None:
    page = await window.open(
        HTML + "<button id=go onclick='box.requestFullscreen()'>Go</button>" + SCREENS["element"]
    )
    await page.click("#go")
    await page.wait_for_function("box.querySelector('gateway-bar')")
    await page.evaluate("document.exitFullscreen()")
    await page.wait_for_function("!box.querySelector('gateway-bar')")

    await window.shown()
    await window.leaves()


async def test_it_counts_down_tells_and_says_when_it_is_over(window: Acting) -> None:
    page = window.page
    await page.clock.install()
    await window.open(LONG)

    await page.clock.fast_forward(1_000_000)
    await told(window, "5 minutes left.")
    await page.clock.fast_forward(240_000)
    await told(window, "1 minute left.")
    await page.clock.fast_forward(60_000)
    await window.shown(ENDED)
    await told(window, "Back to the console")
    assert "Leave" not in [node["name"] for node in await window.tree()]

    width, height = window.size
    await page.route("http://acting.localhost/**", lambda route: route.fulfill(body="console"))
    async with page.expect_navigation(url=STATE.console_url):
        await page.mouse.click(width - 60, height - 20)


async def test_it_counts_down_to_the_idle_end_when_that_comes_first(window: Acting) -> None:
    page = window.page
    await page.clock.install()
    await window.open(LONG, state=IDLE)
    await left(window, 600)

    await page.clock.fast_forward(540_000)
    await told(window, "1 minute left. Unless it is used, this session ends then.")
    await told(window, " left, unless it is used")
    await page.evaluate("fetch('/app').then((answer) => answer.text())")
    await page.clock.fast_forward(1_000)
    await left(window, 599)
    await page.clock.fast_forward(600_000)
    await window.shown(ENDED)


async def test_use_in_another_tab_or_in_a_frame_puts_the_idle_end_off(window: Acting) -> None:
    page = window.page
    await page.clock.install()
    window.serve("/part", HTML, state=IDLE)
    await window.open(LONG + "<iframe id=part></iframe>", state=IDLE)
    for use in ("tab", "frame"):
        await page.clock.fast_forward(300_000)
        await left(window, 300)
        if use == "tab":
            other = await page.context.new_page()
            await other.goto(f"{window.base}/app")
            await other.close()
        else:
            await page.evaluate("part.src = '/part'")
        await left(window, 600)


async def test_the_absolute_end_is_told_as_one_that_use_does_not_put_off(window: Acting) -> None:
    page = window.page
    await page.clock.install()
    await window.open(LONG, state=msgspec.structs.replace(IDLE, expires_at=NOW + 90_000))
    names = [node["name"] for node in await window.tree()]
    assert {"1:30", " left"} <= set(names)
    await page.clock.fast_forward(31_000)
    await told(window, "1 minute left.")


async def test_changes_that_are_real_for_minutes_say_until_when_and_fall_back(
    window: Acting,
) -> None:
    page = window.page
    await page.clock.install(time=NOW / 1000)
    raised = msgspec.structs.replace(REAL, elevated_until=NOW + 60_000)
    await window.open(LONG, state=raised)
    await window.shown(CHANGE)
    at = await page.evaluate(
        "new Date(Date.now() + 60_000).toLocaleTimeString([], { timeStyle: 'short' })"
    )
    await told(window, f"your changes are real until {at}")
    await page.clock.fast_forward(61_000)
    await window.shown()
    await told(window, "Changes are over: look only.")
    assert "look only" in [node["name"] for node in await window.tree()]
    await page.clock.fast_forward(1_300_000)
    await window.shown(ENDED)


async def test_the_document_keeps_its_mode_its_language_and_its_own_first_tags(
    window: Acting,
) -> None:
    page = await window.open(HTML)

    assert await page.evaluate("document.compatMode") == "CSS1Compat"
    assert await page.evaluate("[document.documentElement.lang, document.documentElement.className]") == ["de", "app"]  # fmt: skip  # noqa: E501 - one sentence
    assert await page.evaluate("document.head.firstElementChild.tagName") == "TITLE"
    assert await page.evaluate("document.body.children.length") == 1


async def test_the_app_cannot_read_what_the_bar_says(window: Acting) -> None:
    page = await window.open(
        HTML + "<script>const bar = document.querySelector('gateway-bar');"
        "try { bar.attachInternals() } catch (e) { window.refused = e.name }</script>"
    )

    assert await page.evaluate("window.refused") == "NotSupportedError"
    assert await page.evaluate("bar.shadowRoot") is None
    assert "Deal board" not in await page.content()


async def test_the_end_of_the_page_is_not_under_it(window: Acting) -> None:
    page = await window.open(LONG + "<button id=end>End</button>")
    await page.evaluate("scrollTo(0, 1e6)")

    box = await page.locator("#end").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= window.size[1] - 40


async def test_a_page_of_full_height_gets_no_scroll_bar(window: Acting) -> None:
    page = await window.open(
        HTML + "<style>html,body{height:100%;margin:0}h1{margin:0}</style>",
    )

    assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")


async def test_frames_of_the_session_are_under_the_bar_of_the_page(window: Acting) -> None:
    window.serve("/inner", HTML)
    page = await window.open(HTML + "<iframe src=/inner></iframe>")
    inner = page.frames[1]

    await expect(inner.locator("h1")).to_have_text("Deals")
    assert await inner.evaluate("document.querySelector('gateway-bar')") is None
    assert await inner.evaluate("document.styleSheets.length") == 0
    await window.shown()


@pytest.mark.threat(44)
async def test_threat_44_in_anybody_elses_frame_it_has_a_bar_of_its_own(window: Acting) -> None:
    window.serve("/inner", HTML)
    window.serve(
        "/outer",
        f"<body style='margin:0'><iframe src={window.base}/inner "
        "style='border:0;width:100vw;height:100vh'></iframe>",
    )
    await window.page.goto(window.base.replace("k3f9.crm", "elsewhere") + "/outer")

    await window.shown()


async def test_where_no_script_runs_the_style_sheet_shows_a_plain_one(browser: Browser) -> None:
    async with acting(browser, java_script_enabled=False) as window:
        page = await window.open(LONG)
        await window.shown()
        assert await page.evaluate(
            "getComputedStyle(document.documentElement, '::after').content"
        ) == (
            '"Acting as Jonas Weber · Nordlicht GmbH · look only · to leave, open /_gateway/leave"'
        )


async def test_a_page_written_into_the_window_does_not_bring_a_second_bar(window: Acting) -> None:
    window.serve("/other", HTML)
    page = await window.open(
        HTML + "<script>onload = async () => { const text = await (await fetch('/other')).text();"
        "document.open(); document.write(text); document.close(); window.done = true }</script>"
    )
    await page.wait_for_function("window.done && document.querySelector('gateway-bar')")

    assert await page.evaluate("document.querySelectorAll('gateway-bar').length") == 1
    assert await page.evaluate("document.styleSheets.length") == 0
    await window.shown()
    await window.leaves()


async def test_names_of_any_script_and_length_fit(browser: Browser) -> None:
    state = msgspec.structs.replace(
        STATE,
        subject="</script><b>'\"&" + "名前" * 200,
        account="شركة " * 60,
        expires_at=NOW + 10**8,
    )
    for width in (1000, 320):
        async with acting(browser, viewport={"width": width, "height": 500}) as window:
            await window.open(LONG, state=state)
            await window.shown()
            await window.leaves()


async def test_it_is_as_dark_as_the_operator_wants(browser: Browser) -> None:
    async with acting(browser, color_scheme="dark") as window:
        await window.open(LONG)
        await window.shown(DARK_LOOK)
        await window.open(LONG, state=REAL)
        await window.shown(DARK_CHANGE)


async def test_on_paper_it_covers_nothing(window: Acting) -> None:
    page = await window.open(LONG)
    await page.emulate_media(media="print")

    assert await window.bottom() != {(31, 58, 95)}
    assert await page.evaluate("getComputedStyle(document.documentElement).paddingBottom") == "0px"


async def test_what_the_session_is_for_is_said_and_where_it_leads_at_its_end(
    window: Acting,
) -> None:
    console = "https://portal.example.com/customers/7"
    state = msgspec.structs.replace(
        STATE,
        workflow="Create a quote",
        elsewhere=True,
        console_url=console,
        desk_url=STATE.console_url,
        expires_at=NOW + 900,
    )
    await window.open(LONG, state=state)
    names = [node["name"] for node in await window.tree()]
    assert "Create a quote" in names
    for _ in range(200):
        names = [node["name"] for node in await window.tree()]
        if "Back to where you came from" in names:
            return
        await window.page.evaluate("new Promise(requestAnimationFrame)")
    pytest.fail(f"nothing leads back: {names}")
