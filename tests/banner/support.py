"""A hostile app's pages, as a session's browser gets them: with the bar put in, over real HTTP."""

from __future__ import annotations

import struct
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiohttp import web
from playwright.async_api import Browser, Page

from gateway.banner.assets import bar_css, bar_js, bar_svg
from gateway.banner.csp import widen
from gateway.banner.inject import Injector
from gateway.banner.snippet import snippet
from gateway.banner.state import BarState
from gateway.model import Headers, Mode

NOW = 1_790_000_000_000
STATE = BarState(
    session="abcdefghijklmnop",
    actor="Ada Okafor",
    subject="Jonas Weber",
    account="Nordlicht GmbH",
    site="crm",
    mode=Mode.READ_ONLY,
    expires_at=NOW + 1_300_000,
    idle_ms=1_800_000,
    reason="Deal board empty after role change",
    ticket="#48213",
    leave_url="/_gateway/leave",
    console_url="http://acting.localhost/_gateway/",
)
REAL = msgspec.structs.replace(STATE, mode=Mode.READ_WRITE, subject="Mei Tanaka")
NONCE = "bm9uY2U"

HTML = "<!doctype html><html lang=de class=app><title>Deals</title><body><h1>Deals</h1>"
LONG = HTML + "<p>deal</p>" * 200

FACTS: dict[str, Any] = {
    "email": "jonas@nordlicht.example",
    "status": "active",
    "groups": ["sales", "emea"],
    "requests": 14,
    "changes": 0,
    "refused": 1,
    "complete": True,
    "hidden": [{"label": "private notes", "count": 9}],
    "refusals": [
        {
            "at": "2026-09-21T14:13:20.000Z",
            "what": "POST /deals/7/stage",
            "rule": "read_only.safe_methods",
        }
    ],
    "sites": [{"label": "Shop", "href": "http://acting.localhost/_gateway/start?site=shop"}],
    "now": {"left": 1_290_000, "mode": "read_only", "words": "look only", "lowered": "look only"},
}
"""What the gateway says to the bar that asks."""

Colour = tuple[int, int, int]
LOOK = (31, 58, 95)
CHANGE = (140, 29, 47)


class Acting:
    """One operator's browser window in a session: `open` a page of the app and look at it."""

    def __init__(self, page: Page, base: str, pages: dict[str, tuple[bytes, Headers, BarState]]):
        self.page = page
        self.base = base
        self.facts = FACTS
        self.status = 200
        self.rules: dict[str, str] = {}
        self.asked: list[str] = []
        self._pages = pages

    async def open(
        self,
        document: str,
        *,
        headers: dict[str, str] | None = None,
        state: BarState = STATE,
        path: str = "/app",
    ) -> Page:
        self.serve(path, document, headers=headers, state=state)
        await self.page.goto(self.base + path)
        return self.page

    def serve(
        self,
        path: str,
        document: str,
        *,
        headers: dict[str, str] | None = None,
        state: BarState = STATE,
    ) -> None:
        raw = tuple((k.encode(), v.encode()) for k, v in (headers or {}).items())
        self._pages[path] = (document.encode(), raw, state)

    @property
    def size(self) -> tuple[int, int]:
        size = self.page.viewport_size
        assert size is not None
        return size["width"], size["height"]

    async def bottom(self) -> set[Colour]:
        """The colours that the operator sees along the bottom, up to a scroll bar at its end."""
        width, height = self.size
        png = await self.page.screenshot(
            clip={"x": 0, "y": height - 4, "width": width - 20, "height": 1}
        )
        return set(_row(png))

    async def shown(self, colour: Colour = LOOK) -> None:
        """Wait until the bar, and nothing else, is seen along the bottom."""
        deadline = time.monotonic() + 5
        while (seen := await self.bottom()) != {colour}:
            assert time.monotonic() < deadline, f"{len(seen)} colours, such as {next(iter(seen))}"

    async def leaves(self) -> None:
        """Click Leave, where it is seen, and arrive at the gateway's page."""
        width, height = self.size
        async with self.page.expect_navigation(url="**/_gateway/leave", timeout=5000):
            await self.page.mouse.click(width - 40, height - 20)
        assert await self.page.text_content("body") == "Leave?", "a router showed its own page"

    async def tree(self) -> list[dict[str, Any]]:
        """What assistive technology is told: the accessibility tree, closed roots included."""
        cdp = await self.page.context.new_cdp_session(self.page)
        answer = await cdp.send("Accessibility.getFullAXTree")
        nodes: list[dict[str, Any]] = answer["nodes"]
        return [
            {
                "role": node["role"]["value"],
                "name": node.get("name", {}).get("value", ""),
                "focused": any(p["name"] == "focused" for p in node.get("properties", ())),
            }
            for node in nodes
            if not node["ignored"]
        ]


def _row(png: bytes) -> list[Colour]:
    """The pixels of a screenshot that is one row of RGB or RGBA (PNG, 3rd edition, 9.2)."""
    width, height, depth, kind = struct.unpack(">IIBB", png[16:26])
    assert (height, depth) == (1, 8)
    size = {2: 3, 6: 4}[kind]
    packed, at = b"", 8
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at : at + 8])
        packed += png[at + 8 : at + 8 + length] if name == b"IDAT" else b""
        at += length + 12
    how, *data = zlib.decompress(packed)
    for i in range(size, width * size):  # nothing is above, so Up is None and Paeth is Sub
        before = data[i - size]
        data[i] = (data[i] + (0, before, 0, before // 2, before)[how]) % 256
    return [(data[i], data[i + 1], data[i + 2]) for i in range(0, width * size, size)]


@asynccontextmanager
async def acting(browser: Browser, **options: Any) -> AsyncIterator[Acting]:
    """A window on a session's own host, and the gateway's side of what it is served."""
    pages: dict[str, tuple[bytes, Headers, BarState]] = {}

    async def page(request: web.Request) -> web.Response:
        if request.host.startswith("elsewhere."):  # no session, no bar
            return web.Response(body=pages[request.path][0], content_type="text/html")
        if request.path not in pages:
            raise web.HTTPNotFound  # the browser's own wish for an icon
        body, headers, state = pages[request.path]
        base = f"http://{request.host}/_gateway/"
        tags = snippet(state, prefix="/_gateway/", nonce=NONCE, now=NOW)
        injector = Injector(tags)
        response = web.Response(
            body=injector.feed(body) + injector.close(),
            headers={"Content-Type": "text/html; charset=utf-8"},
        )
        for name, value in widen(headers, bar_base=base, nonce=NONCE):
            response.headers.add(name.decode(), value.decode())
        return response

    async def script(_: web.Request) -> web.Response:
        return web.Response(body=bar_js(str), content_type="text/javascript")

    async def style(_: web.Request) -> web.Response:
        state = next(iter(pages.values()))[2]
        return web.Response(body=bar_css(state), content_type="text/css")

    async def icon(_: web.Request) -> web.Response:
        state = next(iter(pages.values()))[2]
        return web.Response(body=bar_svg(state), content_type="image/svg+xml")

    async def facts(_: web.Request) -> web.Response:
        return web.json_response(window.facts, status=window.status)

    async def refused(request: web.Request) -> web.Response:
        window.asked += request.query.getall("ask")
        rules = [window.rules.get(asked, "") for asked in request.query.getall("ask")]
        return web.json_response({"rules": rules})

    async def no(_: web.Request) -> web.Response:
        timing = {"Server-Timing": 'gateway-refused;desc="read_only.safe_methods"'}
        return web.json_response({"detail": "no" * 500}, status=403, headers=timing)

    async def leave(_: web.Request) -> web.Response:
        return web.Response(text="<p>Leave?", content_type="text/html")

    app = web.Application()
    app.router.add_get("/_gateway/bar.js", script)
    app.router.add_get("/_gateway/bar.css", style)
    app.router.add_get("/_gateway/bar.svg", icon)
    app.router.add_get("/_gateway/session", facts)
    app.router.add_get("/_gateway/session/refused", refused)
    app.router.add_get("/_gateway/leave", leave)
    app.router.add_post("/{path:.*}", no)
    app.router.add_get("/{path:.*}", page)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    context = await browser.new_context(
        **{"viewport": {"width": 1000, "height": 600}, "color_scheme": "light", **options}
    )
    tab = await context.new_page()
    failed: list[str] = []
    tab.on("pageerror", lambda error: failed.append(error.stack or str(error)))
    window = Acting(tab, f"http://k3f9.crm.localhost:{port}", pages)
    try:
        yield window
        assert [each for each in failed if "bar.js" in each] == [], "the bar's script failed"
    finally:
        await context.close()
        await runner.cleanup()
