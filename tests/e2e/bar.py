"""The bar as an operator meets it: by assistive technology, and by the mouse."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.async_api import Page

SHOTS = Path(__file__).parents[2] / "build" / "shots"


async def bar_of(page: Page) -> str:
    """What the bar is named to assistive technology; empty without a bar."""
    nodes = await nodes_of(page)
    return next((name for role, name, _ in nodes if role == "region" and "behalf" in name), "")


async def bar_words(page: Page) -> list[str]:
    """The texts of the page and of its bar, in order."""
    return [name for role, name, _ in await nodes_of(page) if role == "StaticText"]


async def focused_on(page: Page) -> tuple[str, str]:
    """The role and the name of what the keyboard is on, inside of the bar too."""
    cdp = await page.context.new_cdp_session(page)
    answer: dict[str, Any] = await cdp.send("Accessibility.getFullAXTree")
    found = ("", "")
    for node in answer["nodes"]:
        if any(each["name"] == "focused" for each in node.get("properties", ())):
            found = (node["role"]["value"], node.get("name", {}).get("value", ""))
    await cdp.detach()
    return found


async def press(page: Page, role: str, name: str) -> None:
    """Click something in the bar, where it is seen."""
    for _ in range(200):
        found = [node for its, named, node in await nodes_of(page) if (its, named) == (role, name)]
        if found:
            break
        await page.evaluate("new Promise(requestAnimationFrame)")
    cdp = await page.context.new_cdp_session(page)
    quads = await cdp.send("DOM.getContentQuads", {"backendNodeId": found[0]})
    x1, y1, _, _, x2, y2, *_ = quads["quads"][0]
    await page.mouse.click((x1 + x2) / 2, (y1 + y2) / 2)


async def leave(page: Page) -> None:
    """Click Leave in the bar, and arrive at the page that says so."""
    await press(page, "link", "Leave")
    await page.get_by_role("heading", name="You are yourself again").wait_for()


async def shot(page: Page, name: str) -> None:
    """Keep a picture of the window in `build/shots`, for whoever looks at what tests saw."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SHOTS / f"{re.sub('[^a-z0-9]+', '-', name.lower())}.png")


async def nodes_of(page: Page) -> list[tuple[str, str, int]]:
    """Role, name and node of all that is not hidden, closed shadow roots included."""
    cdp = await page.context.new_cdp_session(page)
    answer: dict[str, Any] = await cdp.send("Accessibility.getFullAXTree")
    return [
        (node["role"]["value"], node.get("name", {}).get("value", ""), node["backendDOMNodeId"])
        for node in answer["nodes"]
        if not node["ignored"] and "backendDOMNodeId" in node
    ]
