"""A page of the demo's CRM that listens to what is written down, in a session, in Chromium."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, expect

from tests.demo.test_gateway_yaml import before_the_crm
from tests.e2e.bar import bar_of, bar_words
from tests.e2e.harness import Running

LISTEN = """
window.heard = [];
window.broken = 0;
const source = new EventSource("/events/notes");
source.addEventListener("note", (event) => heard.push(event.data));
source.addEventListener("error", () => broken++);
new Promise((told) => source.addEventListener("tick", told, { once: true })).then(() => "ready")
"""
CLOCK = re.compile(r"\d+:\d\d")
ENDED = "This session has ended. Nothing done here reaches the app any more."


@pytest.mark.threat(36)
@pytest.mark.threat(43)
async def test_row_36_43_a_page_hears_no_secret_under_its_bar_until_the_session_ends(
    chromium: Browser, tmp_path: Path, store_url: str
) -> None:
    async with before_the_crm(tmp_path, store_url) as (gateway, crm):
        context = await chromium.new_context()
        page = await context.new_page()
        await page.clock.install()
        started = await (await gateway.start(subject="jonas.weber")).json()
        await page.goto(started["enter_url"])
        await page.get_by_role("button", name="Act as Jonas Weber").click()
        await expect(page.locator("header")).to_contain_text("Jonas Weber")
        assert await page.evaluate(LISTEN) == "ready"
        before = await state(page)
        for number in (1, 2):
            await write(gateway, crm, f"SECRET {number}")
            await page.wait_for_function("count => heard.length === count", arg=number)
        heard = await page.evaluate("heard")
        assert [json.loads(each)["private_notes"] for each in heard] == ["•••", "•••"]
        await page.clock.fast_forward("01:00")
        after = await state(page)
        assert after[:-1] == before[:-1]
        assert after[-1] <= before[-1] - 30
        assert await page.evaluate("broken") == 0
        await gateway.api("DELETE", f"sessions/{started['id']}")
        await page.wait_for_function("broken > 0")
        await write(gateway, crm, "SECRET 3")
        await page.clock.fast_forward("31:00")
        assert ENDED in await bar_words(page)
        assert len(await page.evaluate("heard")) == 2


async def state(page: Page) -> tuple[str, str, int]:
    """Whom the bar names, the mode that it shows, and the seconds that are left."""
    words = await bar_words(page)
    (left,) = [each for each in words if CLOCK.fullmatch(each)]
    (mode,) = [each for each in words if each == "look only"]
    minutes, _, seconds = left.partition(":")
    return await bar_of(page), mode, int(minutes) * 60 + int(seconds)


async def write(gateway: Running, crm: TestServer, note: str) -> None:
    """A colleague writes a note."""
    address = crm.make_url("/api/contacts/1")
    said = {"private_notes": note}
    headers = {"X-Remote-User": "lena.brandt"}
    assert (await gateway.client.patch(address, json=said, headers=headers)).status == 200
