"""A hostile app's pages, as a session's browser gets them: with the bar put in, over real HTTP."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiohttp import web
from playwright.async_api import Browser, Page

from gateway.banner.assets import BAR_JS, bar_css
from gateway.banner.csp import widen
from gateway.banner.inject import Injector
from gateway.banner.snippet import snippet
from gateway.banner.state import BarState
from gateway.model import Headers, Mode

NOW = 1_790_000_000_000
STATE = BarState(
    actor="Ada Okafor",
    subject="Jonas Weber",
    account="Nordlicht GmbH",
    site="crm",
    mode=Mode.READ_ONLY,
    expires_at=NOW + 1_300_000,
    reason="Deal board empty after role change",
    ticket="#48213",
    leave_url="/_gateway/leave",
    console_url="http://acting.localhost/_gateway/",
)
REAL = msgspec.structs.replace(STATE, mode=Mode.READ_WRITE, subject="Mei Tanaka")
NONCE = "bm9uY2U"

LOOK = (31, 58, 95)
CHANGE = (140, 29, 47)


class Acting:
    """One operator's browser window in a session: `open` a page of the app and look at it."""

    def __init__(self, page: Page, base: str, pages: dict[str, tuple[bytes, Headers, BarState]]):
        self.page = page
        self.base = base
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

    async def colour(self, x: int, y: int) -> tuple[int, int, int]:
        """The pixel that the operator sees at a point of the window."""
        png = await self.page.screenshot(clip={"x": x, "y": y, "width": 1, "height": 1})
        probe = await self.page.context.new_page()
        rgb: list[int] = await probe.evaluate(
            """async (png) => {
                const image = new Image();
                image.src = 'data:image/png;base64,' + png;
                await image.decode();
                const canvas = new OffscreenCanvas(1, 1).getContext('2d');
                canvas.drawImage(image, 0, 0);
                return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
            }""",
            base64.b64encode(png).decode(),
        )
        await probe.close()
        return rgb[0], rgb[1], rgb[2]

    async def shown(self, colour: tuple[int, int, int] = LOOK) -> None:
        """Wait until the bar is what is seen along the bottom, from end to end."""
        width, height = self.size
        for x in (4, width // 2, width - 4):
            for _ in range(30):
                seen = await self.colour(x, height - 4)
                if seen == colour:
                    break
            assert seen == colour, f"{seen} at {x} of {width}"

    async def leaves(self) -> None:
        """Click Leave, where it is seen, and arrive at the gateway's page."""
        width, height = self.size
        async with self.page.expect_navigation(url="**/_gateway/leave", timeout=5000):
            await self.page.mouse.click(width - 40, height - 20)

    async def tree(self) -> list[dict[str, Any]]:
        """What assistive technology is told: the accessibility tree, closed roots included."""
        cdp = await self.page.context.new_cdp_session(self.page)
        answer = await cdp.send("Accessibility.getFullAXTree")
        nodes: list[dict[str, Any]] = answer["nodes"]
        return [
            {"role": node["role"]["value"], "name": node.get("name", {}).get("value", "")}
            for node in nodes
            if not node["ignored"]
        ]


@asynccontextmanager
async def acting(browser: Browser, **options: Any) -> AsyncIterator[Acting]:
    """A window on a session's own host, and the gateway's side of what it is served."""
    pages: dict[str, tuple[bytes, Headers, BarState]] = {}

    async def page(request: web.Request) -> web.Response:
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
        return web.Response(body=BAR_JS, content_type="text/javascript")

    async def style(_: web.Request) -> web.Response:
        state = next(iter(pages.values()))[2]
        return web.Response(body=bar_css(state), content_type="text/css")

    async def leave(_: web.Request) -> web.Response:
        return web.Response(text="<p>Leave?", content_type="text/html")

    app = web.Application()
    app.router.add_get("/_gateway/bar.js", script)
    app.router.add_get("/_gateway/bar.css", style)
    app.router.add_get("/_gateway/leave", leave)
    app.router.add_get("/{path:.*}", page)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    context = await browser.new_context(
        **{"viewport": {"width": 1000, "height": 600}, "color_scheme": "light", **options}
    )
    try:
        yield Acting(await context.new_page(), f"http://k3f9.crm.localhost:{port}", pages)
    finally:
        await context.close()
        await runner.cleanup()
