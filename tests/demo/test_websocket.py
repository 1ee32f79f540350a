"""The demo's WebSocket in a session: by aiohttp's client, and by a page in Chromium."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar, WSMsgType
from playwright.async_api import Browser, expect

from tests.demo.crm.support import Visitor
from tests.demo.test_gateway_yaml import before_the_crm

WHO = "jonas.weber"
OPEN = """
() => {
  const socket = new WebSocket(`ws://${location.host}/ws`);
  window.heard = [];
  socket.onopen = () => socket.send("deals");
  socket.onmessage = (said) => heard.push(said.data);
  window.closing = new Promise((tell) => {
    socket.onclose = (end) => tell([end.code, end.reason, end.wasClean]);
  });
  window.socket = socket;
}
"""


@pytest.mark.threat(28)
@pytest.mark.threat(36)
async def test_rows_28_and_36_it_answers_hides_notes_and_takes_no_other_text(
    tmp_path: Path, store_url: str
) -> None:
    async with before_the_crm(tmp_path, store_url) as (gateway, crm):
        session = await gateway.enter(subject=WHO)
        host = f"{session.host}:{gateway.port}"
        socket = await gateway.client.ws_connect(
            f"http://127.0.0.1:{gateway.port}/ws",
            headers={**session.headers, "Host": host, "Origin": f"http://{host}"},
            compress=15,
            heartbeat=1,
        )
        assert socket.compress == 0
        await socket.send_str("deals")
        assert len((await socket.receive_json())["deals"]) == 12
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as client:
            jonas = Visitor(client, str(crm.make_url("")).rstrip("/"), {"X-Remote-User": WHO})
            await jonas.do("/contacts/1/edit", "", private_notes="Secret.")
        said = await socket.receive_json()
        assert (said["event"], said["private_notes"]) == ("note", "•••")
        await socket.send_str("any other text")
        closed = await socket.receive()
        assert (closed.type, closed.data) == (WSMsgType.CLOSE, 1008)


@pytest.mark.threat(43)
@pytest.mark.threat(44)
async def test_rows_43_and_44_a_pages_websocket_works_until_the_session_ends(
    chromium: Browser, tmp_path: Path, store_url: str
) -> None:
    async with before_the_crm(tmp_path, store_url) as (gateway, _):
        context = await chromium.new_context()
        page, stranger = await context.new_page(), await context.new_page()
        started = await (await gateway.start(subject=WHO)).json()
        await page.goto(started["enter_url"])
        await page.get_by_role("button", name="Act as Jonas Weber").click()
        await expect(page.locator("header")).to_contain_text("Jonas Weber")
        await page.evaluate(OPEN)
        await page.wait_for_function("heard.length")
        assert "deals" in await page.evaluate("heard[0]")
        await stranger.goto(f"http://crm.localhost:{gateway.port}/sign-in")
        host = started["enter_url"].split("/")[2]
        await stranger.evaluate(OPEN.replace("location.host", f"'{host}'"))
        assert (await stranger.evaluate("closing"))[0] == 1006
        assert (await gateway.records())[-1]["reason"] == "websocket_origin"
        assert (await gateway.api("DELETE", f"sessions/{started['id']}")).status == 204
        assert await page.evaluate("closing") == [1008, "The session has ended.", True]
