"""Cookies in a real Chromium: the app's scripts have theirs, and the operator's own stay theirs."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.e2e.bar import leave
from tests.e2e.harness import HOST, Running, running, site
from tests.e2e.recorder_app import RecorderApp, Seen, http

SECRET = "canary-of-the-subjects-login"
PAGE = b"<!doctype html><title>app</title><script>window.first = document.cookie</script><p>app"
OWN = (
    "Set-Cookie: XSRF-TOKEN=operators; Path=/",
    "Set-Cookie: sid=operators; Path=/; HttpOnly",
    "Set-Cookie: shared=operators; Path=/; Domain=crm.localhost",
)
SUBJECTS = (
    "Set-Cookie: XSRF-TOKEN=t/1%3D=; Path=/; SameSite=Strict",
    f"Set-Cookie: sid={SECRET}; Path=/; HttpOnly",
    "Set-Cookie: elsewhere=1; Path=/elsewhere",
    "Set-Cookie: flash=Saved.; Path=/",
)
READ = "document.cookie"


async def answer(seen: Seen, writer: asyncio.StreamWriter) -> None:
    """Sets its cookies at /login only, for the operator or for the subject."""
    subjects = seen.all("X-Remote-User") == [b"jonas"]
    headers = (SUBJECTS if subjects else OWN) if seen.target == "/login" else ()
    writer.write(http(PAGE, type_="text/html", headers=headers))


async def own_cookies(page: Page) -> list[dict[str, Any]]:
    """All that the browser holds, the gateway's own left out."""
    cookies = await page.context.cookies()
    return sorted(
        (dict(each) for each in cookies if "gateway" not in each["name"]),
        key=lambda each: str(each["name"]),
    )


async def enter(page: Page, gw: Running) -> str:
    """Act for Jonas in this window; give the session's origin."""
    started = await (await gw.start(mode="read_write")).json()
    await page.goto(started["enter_url"])
    await page.get_by_role("button", name="Act as Jonas Weber").click()
    await page.wait_for_url(re.compile(r"/$"))
    return page.url.rstrip("/")


def cookies_at(app: RecorderApp, target: str) -> set[str]:
    """The cookies that the app saw in the last request for this target."""
    seen = next(each for each in reversed(app.seen) if each.target == target)
    return {pair for line in seen.all("Cookie") for pair in line.decode().split("; ") if pair}


@pytest.mark.threat(40)
@pytest.mark.threat(41)
async def test_row_41_scripts_have_the_sessions_cookies_and_the_operator_keeps_their_own(
    chromium: Browser, app: RecorderApp, isolation: str, tmp_path: Path, store_url: str
) -> None:
    app.answer = answer
    async with running(tmp_path, store_url, site(app.port, isolation=isolation)) as gw:
        context = await chromium.new_context()
        page = await context.new_page()
        received: list[bytes] = []
        await page.goto(f"http://{HOST}:{gw.port}/login")
        before = await own_cookies(page)
        assert {each["name"] for each in before} == {"XSRF-TOKEN", "sid", "shared"}

        origin = await enter(page, gw)
        assert cookies_at(app, "/") == set()
        assert await page.evaluate(READ) == ""

        login = await page.goto(f"{origin}/login")
        assert login is not None
        received.append(repr(await login.headers_array()).encode())
        assert await page.evaluate("first") == "XSRF-TOKEN=t/1%3D=; flash=Saved."
        assert await page.evaluate("'cookieStore' in window") is False

        # A token is read and sent back as a header, as Angular and Django's own scripts do.
        token = "document.cookie.match(/XSRF-TOKEN=([^;]*)/)[1]"
        await page.evaluate(
            f"fetch('/api', {{method: 'POST', headers: {{'X-XSRF-TOKEN': {token}}}}})"
            ".then((answer) => answer.text())"
        )
        (posted,) = (each for each in app.seen if each.target == "/api")
        assert posted.all("X-XSRF-TOKEN") == [b"t/1%3D="]
        assert cookies_at(app, "/api") == {"XSRF-TOKEN=t/1%3D=", f"sid={SECRET}", "flash=Saved."}

        # Cookies are written, changed and removed, and the app and the next page see just that.
        await page.evaluate(
            """() => {
              document.cookie = "theme=dark; max-age=3600; path=/";
              document.cookie = "grüß=a b%; expires=Fri, 31-Dec-2099 23:59:59 GMT; path=/";
              document.cookie = "deep=1; path=/deep";
              document.cookie = "gone=1; path=/"; document.cookie = "gone=; path=/; max-age=0";
              document.cookie = "flash=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT";
              document.cookie = "sid=forged; path=/";
              document.cookie = "XSRF-TOKEN=changed; domain=crm.localhost; path=/";
              document.cookie = "shared=forged; domain=crm.localhost; path=/";
              document.cookie = "hidden=1; HttpOnly; path=/";
              document.cookie = "__Host-x=1; path=/";
            }"""
        )
        await page.goto(f"{origin}/deep/page")
        visible = {"theme=dark", "grüß=a b%", "deep=1", "XSRF-TOKEN=changed", "shared=forged"}
        assert set((await page.evaluate("first")).split("; ")) == visible | {"sid=forged"}
        assert cookies_at(app, "/deep/page") == visible | {f"sid={SECRET}"}
        await page.goto(f"{origin}/")
        assert "deep=1" not in cookies_at(app, "/")

        # HttpOnly cookies are nowhere in the browser, in no form.
        held = repr(await context.cookies()).encode()
        assert SECRET.encode() not in b"".join([*received, held])

        await leave(page)
        await page.get_by_role("heading", name="You are yourself again").wait_for()
        assert await own_cookies(page) == before
        assert [each for each in await context.cookies() if "gateway" in each["name"]] == []
        await page.goto(f"http://{HOST}:{gw.port}/")
        own = {"XSRF-TOKEN=operators", "sid=operators", "shared=operators"}
        assert cookies_at(app, "/") == own
        assert set((await page.evaluate(READ)).split("; ")) == own - {"sid=operators"}
        await context.close()
