"""How tests look at the bar: by what assistive technology is told of it."""

from __future__ import annotations

import pytest

from tests.banner.support import Acting


async def _until(window: Acting, text: str, *, there: bool) -> None:
    seen: list[str] = []
    for _ in range(200):
        seen = [node["name"] for node in await window.tree()]
        if (text in seen) is there:
            return
        await window.page.evaluate("new Promise(requestAnimationFrame)")
    pytest.fail(f"{text!r} is {'not ' if there else ''}among {seen}")


async def told(window: Acting, text: str) -> None:
    """Wait until assistive technology is told a text."""
    await _until(window, text, there=True)


async def untold(window: Acting, text: str) -> None:
    """Wait until it is told a text no more."""
    await _until(window, text, there=False)


async def focused(window: Acting, name: str) -> None:
    """Wait until the keyboard is on what assistive technology knows by a name that begins so."""
    names: list[str] = []
    for _ in range(200):
        names = [node["name"] for node in await window.tree() if node["focused"]]
        if names and names[-1].startswith(name):
            return
        await window.page.evaluate("new Promise(requestAnimationFrame)")
    pytest.fail(f"{name!r} has no focus: {names}")


async def details(window: Acting) -> None:
    """Open or close the details, where they are seen."""
    width, height = window.size
    await window.page.mouse.click(width - 235, height - 20)
