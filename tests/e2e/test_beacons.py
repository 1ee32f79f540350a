"""Analytics in a session: the app's own beacons are dropped on record, others are never called."""

from __future__ import annotations

import asyncio
from pathlib import Path

from playwright.async_api import Browser, Page

from tests.e2e.harness import HOST, Running, running, site
from tests.e2e.recorder_app import RecorderApp, Seen, http, recorder_app

CALLS = """async (there) => {
    const told = (element) => new Promise((done) => {
        element.onload = () => done("load");
        element.onerror = () => done("error");
    });
    const asked = new XMLHttpRequest();
    const answered = told(asked);
    asked.open("POST", there + "/xhr");
    asked.setRequestHeader("X-Own", "1");
    asked.send("x");
    const picture = new Image();
    const seen = told(picture);
    picture.src = there + "/image";
    const [script, other] = ["script", "script"].map((name) => document.createElement(name));
    const ran = [script, other].map(told);
    script.src = there + "/script.js";
    other.setAttribute("src", there + "/other.js");
    document.head.append(script, other);
    return [
        navigator.sendBeacon(there + "/beacon", "x"),
        (await fetch(there + "/fetch", { method: "POST", mode: "no-cors", keepalive: true })).ok,
        await answered, asked.readyState, await seen, ...await Promise.all(ran),
    ];
}"""


def a_page(stats: int) -> bytes:
    there = f"http://stats.localhost:{stats}"
    return http(
        f"<!doctype html><title>Deals</title><script src={there}/a.js></script>"
        f"<img src='{there}/pixel.gif'><img srcset='{there}/2x.gif 2x' src=/own.gif>"
        f"<iframe src=/frame></iframe><p>Deals".encode(),
        type_="text/html",
    )


async def act(page: Page, gw: Running) -> None:
    started = await gw.start(mode="read_write")
    await page.goto((await started.json())["enter_url"])
    async with page.expect_navigation(url=lambda url: "_gateway" not in url, wait_until="load"):
        await page.get_by_role("button", name="Act as Jonas Weber").click()


async def test_listed_hosts_hear_of_an_ordinary_user_and_never_of_a_session(
    chromium: Browser, app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with recorder_app() as stats:
        stats.reply = http(b"", type_="text/javascript")
        beacons = [{"host": "stats.localhost"}, {"path": "/collect"}]
        listed = site(app.port, beacons=beacons)
        async with running(tmp_path, store_url, listed) as gw:

            async def answer(seen: Seen, writer: asyncio.StreamWriter) -> None:
                frame = http(b"<!doctype html><p>frame", type_="text/html")
                writer.write(frame if seen.target == "/frame" else a_page(stats.port))

            app.answer = answer
            there = f"http://stats.localhost:{stats.port}"
            context = await chromium.new_context()
            page = await context.new_page()

            await act(page, gw)
            assert await page.evaluate(CALLS, there) == [True, True, "load", 4] + ["load"] * 3
            (frame,) = page.frames[1:]
            assert (await frame.evaluate(CALLS, there))[0] is True
            await page.evaluate("fetch('/collect', { method: 'POST', body: 'x' })")
            # A listed address keeps its name only where it loads nothing.
            assert await page.evaluate("document.images[0].getAttribute('src')") == ""
            assert stats.seen == []

            await page.goto(f"http://{HOST}:{gw.port}/")
            assert {seen.target for seen in stats.seen} >= {"/a.js", "/pixel.gif"}
            await page.evaluate(CALLS, there)
            assert {seen.target for seen in stats.seen} >= {"/beacon", "/fetch", "/xhr", "/image"}


async def test_the_apps_own_beacon_is_dropped_on_record_and_not_refused(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, site(app.port, beacons=[{"path": "/b/**"}])) as gw:
        inside = await gw.enter()
        answer = await gw.request("POST", "/b/collect?uid=7", inside.headers, data=b"x")
        assert (answer.status, await answer.read()) == (204, b"")
        assert app.seen == []
        assert gw.gateway.counts.refused == 0
        *_, record = await gw.records()
        assert (record["kind"], record["reason"], record["status"], record["target"]) == (
            "request.refused",
            "beacon_dropped",
            204,
            "/b/collect?uid=*",
        )
        own = await gw.request("POST", "/b/collect", {"Host": HOST}, data=b"x")
        assert own.status == 200
        assert len(app.seen) == 1
        await gw.api("DELETE", f"sessions/{inside.id}")
        assert (await gw.request("POST", "/b/collect", inside.headers)).status == 403
