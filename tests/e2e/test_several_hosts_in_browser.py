"""An app and its API on two hosts, as Chromium sees them in sessions side by side."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.e2e.bar import leave
from tests.e2e.harness import HOST, Running, running, site
from tests.e2e.recorder_app import RecorderApp, Seen, http, recorder_app

API = f"api.{HOST}"
PAGE = """<!doctype html><title>App</title><a id=docs href="{api}/docs">docs</a><p id=out></p>
<script>
const api = "{api}";
const ask = () => fetch(api + "/me", {{
  method: "REPORT", credentials: "include", headers: {{"X-Asks": "me"}},
}}).then(answer => answer.text()).catch(String);
const bare = () => fetch(api + "/me").then(answer => answer.text()).catch(String);
ask().then(ask).then(text => out.textContent = text);
</script>"""


def apps(app: RecorderApp, api: RecorderApp, port: int) -> None:
    """A page that asks the API twice; the API says whom it sees, and gives each a cookie."""
    origin = f"http://{HOST}:{port}"
    policy = f"Content-Security-Policy: connect-src http://{API}:{port}"
    page = PAGE.format(api=f"http://{API}:{port}").encode()
    app.reply = http(page, type_="text/html", headers=(policy,))

    async def me(seen: Seen, writer: asyncio.StreamWriter) -> None:
        user = seen.all("X-Remote-User")[0].decode()
        kept = b",".join(seen.all("Cookie")).decode()
        cors = (
            f"Access-Control-Allow-Origin: {origin}",
            "Access-Control-Allow-Credentials: true",
            f"Set-Cookie: mine={user}; Path=/; HttpOnly",
        )
        writer.write(http(f"{user} with {kept}".encode(), headers=cors))

    api.answer = me


async def enter(context: BrowserContext, gw: Running, subject: str) -> Page:
    """Act for somebody in a tab of its own: one click, however many hosts there are."""
    started = await (await gw.start(subject=subject)).json()
    page = await context.new_page()
    await page.goto(started["enter_url"])
    await page.get_by_role("button", name="Act as").click()
    await page.get_by_role("link", name="docs").wait_for()
    return page


@pytest.mark.threat(41)
async def test_row_41_on_names_two_sessions_with_two_hosts_each_do_not_mix(
    chromium: Browser, tmp_path: Path, store_url: str
) -> None:
    async with recorder_app() as app, recorder_app() as api:
        more = {"host": API, "upstream": {"url": f"http://127.0.0.1:{api.port}"}}
        rules = [{"id": "reports", "allow": ["REPORT"], "path": "/me"}]
        said: dict[str, Any] = {"more_hosts": [more], "map_links": True, "rules": rules}
        async with running(tmp_path, store_url, site(app.port, **said)) as gw:
            apps(app, api, gw.port)
            context = await chromium.new_context()
            pages = [await enter(context, gw, subject) for subject in ("jonas", "priya")]
            for page, subject in zip(pages, ("jonas", "priya"), strict=True):
                await expect(page.locator("#out")).to_have_text(f"{subject} with mine={subject}")
                link = await page.locator("#docs").get_attribute("href") or ""
                main = re.escape(page.url.removeprefix("http://").partition(".")[0])
                assert re.fullmatch(rf"http://{main}-1\.{HOST}:{gw.port}/docs", link)
            held = {cookie["name"] for cookie in await context.cookies()}
            assert held == {"__Host-gateway_session", "__Host-gateway_jar"}
            assert all(seen.line.startswith(b"REPORT") for seen in api.seen)
            assert "without a session's cookie" in await pages[0].evaluate("bare()")
            further = await pages[0].locator("#docs").get_attribute("href")
            await leave(pages[0])
            answer = await pages[0].goto(further or "")
            assert answer is not None
            assert answer.status == 403
            assert await pages[1].evaluate("ask()") == "priya with mine=priya"
            assert len(api.seen) == 5
