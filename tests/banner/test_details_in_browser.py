"""The detailed bar, what it says of refused requests and forms, and its mark on the tab."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from playwright.async_api import expect

from gateway.model import Mode
from tests.banner.looking import details, focused, told, untold
from tests.banner.support import CHANGE, HTML, LONG, NOW, STATE, Acting

pytestmark = pytest.mark.asyncio(loop_scope="module")

THERE = f"http://acting.localhost/_gateway/sessions/{STATE.session}"


async def links(window: Acting) -> dict[str, str]:
    """The addresses of the bar's links, by their names."""
    cdp = await window.page.context.new_cdp_session(window.page)
    nodes = (await cdp.send("Accessibility.getFullAXTree"))["nodes"]
    return {
        node["name"]["value"]: next(
            (str(p["value"]["value"]) for p in node["properties"] if p["name"] == "url"), ""
        )
        for node in nodes
        if not node["ignored"] and node["role"]["value"] == "link"
    }


async def test_details_say_what_the_gateway_knows(window: Acting) -> None:
    await window.open(LONG)
    await details(window)
    for text in (
        "jonas@nordlicht.example",
        "active · sales, emea",
        "Deal board empty after role change",
        "Ticket #48213",
        "Requests: 14",
        "Hidden: 9 private notes",
        "Refused: 1",
        "POST /deals/7/stage",
        "read_only.safe_methods",
    ):
        await told(window, text)
    assert "0" not in [node["name"] for node in await window.tree()], "no changes, no line"
    await window.leaves()


async def test_ways_on_lead_to_the_console_and_back_to_this_page(window: Acting) -> None:
    page = await window.open(LONG)
    await page.evaluate("history.pushState(null, '', '/deals/7?tab=notes')")
    await details(window)
    await told(window, "Act in Shop")
    found = await links(window)
    assert found["See the timeline"] == THERE
    for name, path in (("Ask to change", "raise"), ("Extend", "extend")):
        at = urlsplit(found[name])
        assert found[name].startswith(f"{THERE}/{path}?")
        assert parse_qs(at.query) == {"back": [f"{window.base}/deals/7?tab=notes"]}
    assert found["Act in Shop"] == "http://acting.localhost/_gateway/start?site=shop"


async def test_what_changes_things_anyway_is_not_raised(window: Acting) -> None:
    real = msgspec.structs.replace(STATE, mode=Mode.READ_WRITE)
    await window.open(LONG, state=real)
    await details(window)
    await told(window, "Extend")
    assert "Ask to change" not in await links(window)
    raised = msgspec.structs.replace(real, elevated_until=NOW + 60_000)
    window.facts = {**window.facts, "now": {**window.facts["now"], "mode": "read_write"}}
    await window.open(LONG, state=raised)
    await told(window, "Look only again")


async def test_where_the_gateway_may_not_be_asked_it_says_what_the_page_knows(
    window: Acting,
) -> None:
    closed = "<meta http-equiv=Content-Security-Policy content=\"connect-src 'none'\">"
    await window.open(HTML + closed)
    await details(window)
    await told(window, "Deal board empty after role change")
    await told(window, "See the timeline")
    await window.leaves()


async def test_the_view_is_remembered_and_escape_closes_the_details(window: Acting) -> None:
    await window.open(LONG)
    await details(window)
    await told(window, "Requests: 14")
    page = await window.open(LONG)
    await told(window, "Requests: 14")
    assert await page.evaluate("document.activeElement === document.body")
    await page.keyboard.press("Alt+Shift+G")
    await focused(window, "Details")
    await page.keyboard.press("Tab")
    await focused(window, "See the timeline")
    await page.keyboard.press("Escape")
    await untold(window, "Requests: 14")
    await focused(window, "Details")


async def test_the_way_to_the_bar_works_from_a_field_that_takes_every_key(window: Acting) -> None:
    greedy = (
        "<input id=own><script>onkeydown = (e) => { window.heard = (window.heard ?? '') + e.code;"
    )
    page = await window.open(HTML + greedy + "e.preventDefault(); e.stopPropagation() }</script>")
    await page.focus("#own")
    await page.keyboard.press("Alt+Shift+G")
    await focused(window, "Details")
    assert "KeyG" not in await page.evaluate("window.heard ?? ''")


async def test_a_refused_request_is_said_with_its_rule_and_no_focus_moves(window: Acting) -> None:
    policy = {"Content-Security-Policy": "connect-src 'self'; require-trusted-types-for 'script'"}
    page = await window.open(HTML + "<input id=own>", headers=policy)
    await page.focus("#own")
    await page.evaluate("fetch('/api/deals/7?x=1', { method: 'POST' }).then((a) => a.text())")
    await told(window, "Not sent to the app: /api/deals/7: rule read_only.safe_methods")
    assert await page.evaluate("document.activeElement.id") == "own"
    for number in range(4):
        await page.evaluate(f"fetch('/api/{number}', {{ method: 'POST' }}).then((a) => a.text())")
    await told(window, "and 2 more")
    await window.leaves()


@pytest.mark.parametrize(
    "way",
    [
        "fetch('/no', { method: 'POST' })",
        "fetch('/no', { method: 'POST' }).then((answer) => answer.json())",
        "fetch(new Request('/no', { method: 'POST' }))",
        "navigator.sendBeacon('/no', 'x')",
        "(() => { const asks = new XMLHttpRequest(); asks.open('POST', '/no'); asks.send() })()",
    ],
)
async def test_whatever_way_a_page_asks_a_refusal_is_told_once(window: Acting, way: str) -> None:
    page = await window.open(HTML)
    await page.evaluate(f"(async () => {{ {way} }})()")
    await told(window, "Not sent to the app: /no: rule read_only.safe_methods")
    await page.evaluate("fetch('/end', { method: 'POST' }).then((answer) => answer.text())")
    await told(window, "Not sent to the app: /end: rule read_only.safe_methods")
    await told(window, "/no: rule read_only.safe_methods")  # and not "2 times"


async def test_what_a_page_asks_for_is_answered_as_ever(window: Acting) -> None:
    page = await window.open(HTML)
    assert await page.evaluate("fetch.name") == "fetch"
    assert await page.evaluate("fetch('/no', { method: 'POST' }).then((a) => a.status)") == 403
    assert await page.evaluate("fetch('http://[').catch((e) => e.name)") == "TypeError"
    assert await page.evaluate(
        "fetch('/app', { signal: AbortSignal.abort() }).catch((e) => e.name)"
    ) == ("AbortError")


async def test_what_is_refused_again_and_again_is_counted_and_then_told_no_more(
    window: Acting,
) -> None:
    page = window.page
    await page.clock.install()
    await window.open(HTML)
    refused = "fetch('/beat', { method: 'POST' }).then((a) => a.text())"
    for _ in range(3):
        await page.evaluate(refused)
        await page.evaluate(refused)
        await told(window, "/beat: rule read_only.safe_methods, 2 times")
        await page.clock.fast_forward(10_500)
        await untold(window, "Close")
    for _ in range(2):
        await page.evaluate(refused)
    await page.evaluate("fetch('/other', { method: 'POST' }).then((a) => a.text())")
    await told(window, "/other: rule read_only.safe_methods")
    await untold(window, "/beat: rule read_only.safe_methods")


async def test_what_was_refused_is_closed_or_goes_by_itself(window: Acting) -> None:
    page = window.page
    await page.clock.install()
    await window.open(HTML)
    await page.evaluate("fetch('/api/deals', { method: 'POST' }).then((a) => a.text())")
    await told(window, "Close")
    await page.clock.fast_forward(10_500)
    await untold(window, "Close")
    await page.evaluate("fetch('/api/deals', { method: 'POST' }).then((a) => a.text())")
    await told(window, "Close")
    await page.keyboard.press("Alt+Shift+G")
    for _ in range(3):
        await page.keyboard.press("Tab")
    await focused(window, "Close")
    await page.clock.fast_forward(10_500)
    await told(window, "Close")  # somebody is at it
    await page.keyboard.press("Enter")
    await untold(window, "Close")


FORMS = """<form method=post action=/deals/7><button id=a>Move</button></form>
<form action=/search><button id=b>Search</button><button id=c formmethod=post formaction=/go
title=Own>Go</button><button type=button id=d>Plain</button></form><form method=dialog>
<button id=e>OK</button></form><form method=post action=https://elsewhere.example/x>
<button id=f>Away</button></form><form method=post action=/deals/7 id=far></form>
<button id=g form=far>Far</button>"""


async def test_buttons_that_would_be_refused_are_marked_and_no_others(window: Acting) -> None:
    window.rules = {"POST /deals/7": "read_only.safe_methods", "POST /go": "no_go"}
    page = await window.open(HTML + FORMS)
    marks = page.locator("[data-gateway-refused]")
    await expect(marks).to_have_count(3)
    assert [await each.get_attribute("id") for each in await marks.all()] == ["a", "c", "g"]
    assert await page.get_attribute("#c", "title") == "Own"
    assert await page.get_attribute("#a", "title") == (
        "Would be refused while you act for Jonas Weber: rule read_only.safe_methods"
    )
    assert sorted(window.asked) == ["GET /search", "POST /deals/7", "POST /go"]
    await page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', "
        "'<form method=post action=/go><button id=late>Late</button></form>')"
    )
    await expect(marks).to_have_count(4)


OTHERS = """<form method=post action=/deals/7 id=far></form><form method=put action=/deals/7
id=odd></form><form method=dialog id=said></form><input type=submit form=far id=a>
<input type=image form=far id=b alt=B><button form=odd id=c>C</button>
<button form=odd formmethod=post id=d>D</button><button form=said formmethod=post id=e>E</button>
<button form=far formmethod=none id=f>F</button><button form=far type=nothing id=g>G</button>
<button form=far type=reset id=h>H</button><button id=i>I</button><form method=post><button id=j>J
</button></form>"""


async def test_what_a_button_asks_is_what_the_browser_makes_of_it(window: Acting) -> None:
    window.rules = {"POST /deals/7": "read_only", "POST /app": "read_only"}
    page = await window.open(HTML + OTHERS)
    marks = page.locator("[data-gateway-refused]")
    await expect(marks).to_have_count(6)
    found = [await each.get_attribute("id") for each in await marks.all()]
    assert found == ["a", "b", "d", "e", "g", "j"]
    assert sorted(window.asked) == ["GET /deals/7", "POST /app", "POST /deals/7"]


async def test_however_many_forms_there_are_all_are_asked_about(window: Acting) -> None:
    long = "x" * 1990
    paths = [f"/a/{number}" for number in range(120)] + [f"/{long}", f"/{long}yyyyyyyyyy"]
    window.rules = {f"POST {path}": "read_only" for path in paths}
    forms = "".join(f"<form method=post action={path}><button>B</button></form>" for path in paths)
    page = await window.open(HTML + forms)
    await expect(page.locator("[data-gateway-refused]")).to_have_count(121)
    assert len(window.asked) == 121


async def test_a_frames_forms_are_marked_and_what_it_is_refused_is_told(window: Acting) -> None:
    window.rules = {"POST /deals/7": "read_only.safe_methods"}
    window.serve("/frame", HTML + FORMS)
    page = await window.open(HTML + "<iframe src=/frame></iframe>")
    inside = page.frame_locator("iframe")
    await expect(inside.locator("[data-gateway-refused]")).to_have_count(2)
    other = await page.context.new_page()
    await other.goto(f"{window.base}/app")
    frame = page.frames[1]
    await frame.evaluate("fetch('/in/frame', { method: 'POST' }).then((a) => a.text())")
    await told(window, "Not sent to the app: /in/frame: rule read_only.safe_methods")
    elsewhere = Acting(other, window.base, {})
    assert "Not sent to the app" not in [node["name"] for node in await elsewhere.tree()]
    await other.close()


async def test_what_a_page_says_of_the_session_is_not_believed(window: Acting) -> None:
    page = await window.open(HTML)
    await page.evaluate(
        f"new BroadcastChannel('gateway-bar').postMessage({{ session: '{STATE.session}', left: 9e9,"
        " mode: 'read_write', words: 'nobody looks' })"
    )
    await details(window)
    await told(window, "Requests: 14")
    names = [node["name"] for node in await window.tree()]
    assert "look only" in names
    assert "nobody looks" not in names


async def test_when_the_session_is_raised_elsewhere_this_page_hears_of_it(window: Acting) -> None:
    window.rules = {"POST /deals/7": "read_only.safe_methods"}
    page = await window.open(HTML + FORMS)
    await expect(page.locator("[data-gateway-refused]")).to_have_count(2)
    window.rules = {}
    raised = msgspec.structs.replace(STATE, mode=Mode.READ_WRITE, elevated_until=NOW + 60_000)
    stands = {**window.facts["now"], "mode": "read_write", "words": "real", "raised": 60_000}
    window.facts = {**window.facts, "now": stands}
    window.serve("/other", HTML, state=raised)
    other = await page.context.new_page()
    await other.goto(f"{window.base}/other")
    await other.close()
    await window.shown(CHANGE)
    await expect(page.locator("[data-gateway-refused]")).to_have_count(0)


async def test_a_session_that_ended_elsewhere_is_over_when_one_comes_back(window: Acting) -> None:
    page = window.page
    await page.clock.install()
    await window.open(LONG, state=msgspec.structs.replace(STATE, expires_at=NOW + 400_000))
    window.status, window.facts = 503, {"code": "store_unavailable"}
    await page.evaluate("window.dispatchEvent(new Event('focus'))")
    await details(window)
    window.status, window.facts = 403, {"code": "no_session"}
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await told(window, "This session has ended. Nothing done here reaches the app any more.")
    await page.clock.fast_forward(350_000)
    names = [node["name"] for node in await window.tree()]
    assert "Leave" not in names
    assert "Extend" not in names
    assert "1 minute left." not in names


async def test_near_its_end_the_bar_offers_to_extend_the_session(window: Acting) -> None:
    page = window.page
    await page.clock.install()
    state = msgspec.structs.replace(STATE, expires_at=NOW + 200_000)
    await window.open(LONG, state=state)
    assert "Extend" not in await links(window)
    await page.clock.fast_forward(90_000)
    await told(window, "2 minutes left.")
    await told(window, "Extend")
    assert (await links(window))["Extend"].startswith(f"{THERE}/extend?back=")


async def test_near_its_end_a_bar_that_was_put_away_is_there_again(window: Acting) -> None:
    page = window.page
    await page.clock.install()
    state = msgspec.structs.replace(STATE, expires_at=NOW + 200_000)
    await window.open(LONG + "<button id=own>Own</button>", state=state)
    width, height = window.size
    await page.mouse.click(width - 150, height - 20)
    await untold(window, "Leave")
    await page.focus("#own")
    await page.clock.fast_forward(90_000)
    await told(window, "Extend")
    await expect(page.locator("#own")).to_be_focused()


async def test_tabs_are_told_apart_whatever_the_app_does_to_its_title(window: Acting) -> None:
    page = await window.open(HTML + "<link rel=icon href=/own.ico>")
    await expect(page).to_have_title("As Jonas Weber · Deals")
    await page.evaluate("document.title = '(3) ' + document.title")
    await expect(page).to_have_title("As Jonas Weber · (3) Deals")
    await page.evaluate("document.title = ''")
    await expect(page).to_have_title("As Jonas Weber")
    icons = "[...document.querySelectorAll('link[rel~=icon]')].filter((i) => i.media !== 'not all')"
    assert await page.evaluate(f"{icons}.map((i) => new URL(i.href).pathname)") == [
        "/_gateway/bar.svg"
    ]


async def test_a_page_that_asks_before_it_is_left_is_not_asked(window: Acting) -> None:
    holding = "<script>onbeforeunload = (e) => e.preventDefault();"
    page = await window.open(
        HTML
        + holding
        + "addEventListener('beforeunload', (e) => e.preventDefault(), true)</script>"
    )
    asked: list[str] = []
    page.on("dialog", lambda dialog: asked.append(dialog.type))
    await page.mouse.click(50, 50)
    await window.leaves()
    assert not asked


async def test_minimized_it_goes_into_any_corner_and_stays_there(window: Acting) -> None:
    page = await window.open(LONG)
    width, height = window.size
    await page.mouse.click(width - 150, height - 20)
    await focused(window, "as Jonas Weber")
    await page.mouse.move(60, height - 24)
    await page.mouse.down()
    await page.mouse.move(width - 200, 60, steps=5)
    await page.mouse.up()
    await focused(window, "as Jonas Weber")  # being dragged is no click
    await page.mouse.click(width - 60, 24)
    await window.shown()
    await page.mouse.click(width - 150, height - 20)
    await focused(window, "as Jonas Weber")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowLeft")
    page = await window.open(LONG)
    await page.mouse.click(60, height - 24)
    await window.shown()


async def test_minimized_it_makes_way_for_the_apps_controls(window: Acting) -> None:
    own = (
        "<button id=own style='position:fixed;left:0;bottom:0;width:300px;height:60px'>Own</button>"
    )
    page = await window.open(HTML + own)
    width, height = window.size
    await page.mouse.click(width - 150, height - 20)
    await page.evaluate("own.onclick = () => { window.pressed = true }")
    await page.mouse.click(60, height - 24)
    assert await page.evaluate("window.pressed")
    await page.mouse.click(width - 60, height - 24)
    await window.shown()
