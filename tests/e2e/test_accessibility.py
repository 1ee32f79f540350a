"""axe finds nothing on the pages of the gateway, nor on the demo's app under its bar.

The contrast of the bar itself is in `tests/banner/test_contrast.py`: axe cannot tell it in the top
layer, where the bar lies.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.bar import leave, shot
from tests.e2e.demo_process import Demo, running_demo

OPEN_ROOTS = """
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function () { return attach.call(this, { mode: "open" }) };
"""
"""axe cannot look into the bar's closed root; here it is an open one."""

FOUND: dict[str, Any] = {"resultTypes": ["violations"]}
Scheme = Literal["light", "dark"]
Look = Mapping[int, Sequence[Scheme]]
SCHEMES: Sequence[Scheme] = ("light", "dark")
LOOK: Look = {390: ("light",), 1280: SCHEMES}
"""Widths of a window in px, and in which schemes axe looks at it."""

OPTIONS: dict[Scheme, dict[str, Any]] = {
    "light": FOUND,
    "dark": FOUND | {"runOnly": ["color-contrast", "link-in-text-block"]},
}
"""What axe looks at: in dark nothing but colours is another, so its rules about colours do."""


@functools.cache
def axe() -> str:
    return (resources.files("axe_playwright_python") / "axe.min.js").read_text("utf-8")


async def check(page: Page, found: list[str], name: str, look: Look = LOOK) -> None:
    """Put what axe finds on a page, at each width in its schemes, with the others."""
    await page.evaluate(axe())
    for width, schemes in look.items():
        await page.set_viewport_size({"width": width, "height": 900})
        needed = await page.evaluate("document.documentElement.scrollWidth")
        if needed > width:
            found.append(f"{name}, {width}: it needs {needed} px")
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme)
            await shot(page, f"{name}-{width}-{scheme}")
            if scheme not in schemes:
                continue
            said: dict[str, Any] = await page.evaluate(
                "options => axe.run(options)", OPTIONS[scheme]
            )
            found += [
                f"{name}, {width}, {scheme}: {rule['id']} at {node['target']}: "
                f"{node['failureSummary']}"
                for rule in said["violations"]
                for node in rule["nodes"]
            ]
    await page.emulate_media(color_scheme="light")


@asynccontextmanager
async def signed_in(
    chromium: Browser, folder: Path, found: list[str]
) -> AsyncIterator[tuple[Demo, Page]]:
    """A demo and Ada before its console; the way there is checked."""
    async with running_demo(folder) as demo:
        context = await chromium.new_context(reduced_motion="reduce")
        await context.add_init_script(OPEN_ROOTS)
        page = await context.new_page()
        await page.goto(demo.console)
        await check(page, found, "sign-in")
        await page.get_by_label("Name").fill("ada")
        await page.get_by_label("Password").fill("wrong")
        await page.get_by_role("button", name="Sign in").click()
        await check(page, found, "sign-in refused")
        await page.get_by_label("Password").fill("demo")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("heading", name="Sessions")).to_be_visible()
        yield demo, page
        await context.close()  # or the stop would wait for its event streams


async def act(page: Page, found: list[str], mode: str) -> None:
    """Go from the console into a session as Jonas."""
    await page.get_by_label("Whom do you want to act for?").fill("jonas")
    found_link = page.get_by_role("link", name="Jonas Weber")
    await expect(found_link).to_be_visible()
    await check(page, found, f"people found, {mode}")
    await found_link.click()
    await page.get_by_role("radio", name=mode).check()
    await check(page, found, f"start, {mode}")
    await page.get_by_label("Why").fill("The deal board looks empty to him")
    go = page.get_by_role("button", name="Act as Jonas Weber")
    if mode == "Look and change":
        await go.click()
        await expect(page.get_by_role("alert")).to_contain_text("ticket")
        await check(page, found, "start refused")
        await page.get_by_label("Ticket").fill("#7")
    await go.click()
    await expect(page.locator("header")).to_contain_text("Jonas Weber")


@pytest.mark.timeout(240)
async def test_axe_finds_nothing(chromium: Browser, tmp_path: Path) -> None:
    found: list[str] = []
    async with signed_in(chromium, tmp_path, found) as (demo, page):
        await check(page, found, "sessions, none")
        await page.goto(f"{demo.console}start?site=crm&subject=nobody")
        await check(page, found, "refusal in the console")
        await page.goto(demo.console)

        await act(page, found, "Look and change")
        await check(page, found, "bar, red")
        await leave(page)
        await check(page, found, "left")
        await page.get_by_role("link", name="Back to the console").click()

        await act(page, found, "Look only")
        host = "/".join(page.url.split("/")[:3])
        await page.goto(f"{host}/contacts/1")
        bar = page.locator("gateway-bar")
        await check(page, found, "bar")
        await bar.get_by_text("Details").click()
        await check(page, found, "bar, detailed")
        await bar.get_by_role("button", name="Minimize").first.click()
        await check(page, found, "bar, minimized")
        await bar.get_by_role("button").first.click()
        for path in ("/", "/deals", "/surveys", "/tasks", "/contacts/1/edit"):
            await page.goto(f"{host}{path}")
            await check(page, found, f"app {path}")
        await page.goto(f"{host}/sign-out")
        await check(page, found, "refusal in a session")
        await page.goto(f"{host}/_gateway/leave")
        await check(page, found, "leave")
        await page.goto(demo.console)
        await check(page, found, "sessions, one")
    assert found == []
