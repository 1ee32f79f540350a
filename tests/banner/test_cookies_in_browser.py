"""document.cookie of a session's page, beside what Chromium itself makes of the same words."""

from __future__ import annotations

import pytest

from tests.banner.support import HTML, Acting

pytestmark = pytest.mark.asyncio(loop_scope="module")

CASES = [
    ["@=1"],
    [" \t@ = a b \t; path=/ "],
    ["@"],
    ["=@"],
    ["@="],
    ["@=1=2"],
    ['@="quoted, text"'],
    ["@=grüß 100% ;path=/"],
    ["@=\ud83d\ude00"],
    ["@=1; path=/app"],
    ["@=1; path=/app/"],
    ["@=1; path=/ap"],
    ["@=1; path=/app/page"],
    ["@=1; path=x"],
    ["@=root; path=/", "@=deep; path=/app"],
    ["@b=1", "@a=2", "@b=3"],
    ["@=1", "@=2; max-age=0"],
    ["@=1", "@=; max-age=-1"],
    ["@=1; path=/", "@=2; max-age=0"],
    ["@=1; max-age=0; max-age=60"],
    ["@=1; max-age=60; expires=Thu, 01 Jan 1970 00:00:00 GMT"],
    ["@=1; max-age=1x; expires=Thu, 01 Jan 1970 00:00:00 GMT"],
    ["@=1; expires=Thu, 01-Jan-1970 00:00:01 GMT"],
    ["@=1; expires=Thursday, 01-Jan-70 00:00:01 GMT"],
    ["@=1; EXPIRES=Fri, 31 Dec 2060 23:59:59 GMT"],
    ["@=1; expires=never"],
    ["@=1; HttpOnly"],
    ["@=1; samesite=none"],
    ["@=1; samesite=none; secure"],
    ["@=1; SameSite=Strict"],
    ["__Secure-@=1"],
    ["__secure-@=1; Secure"],
    ["__Host-@=1; Secure"],
    ["__Host-@=1; Secure; Path=/"],
    ["__HOST-@=1; Path=/"],
    ["__Host-@=1; Secure; Path=/app"],
    ["__Http-@=1; Secure; Path=/"],
    ["=__Host-@; Secure; Path=/"],
    ["@=a\u0001b"],
    ["@=1; path=/" + "x" * 1100],
]
WRITE = """(cases) => cases.map((texts, at) => {
  const mark = `k${at}_`;
  for (const text of texts) document.cookie = text.replaceAll("@", mark);
  return document.cookie.split("; ").filter((pair) => pair.includes(mark)).join("; ");
})"""


@pytest.mark.threat(41)
async def test_row_41_a_script_is_answered_as_by_the_browser(window: Acting) -> None:
    page = await window.open(HTML, path="/app/page")
    groups = [CASES[at : at + 20] for at in range(0, len(CASES), 20)]
    own = [await fresh(window, window.base, group) for group in groups]
    native = [
        await fresh(window, window.base.replace("k3f9.crm", "elsewhere"), group) for group in groups
    ]
    assert own == native
    assert own[0][0] == "k0_=1"
    assert page.url.endswith("/app/page")


async def fresh(window: Acting, base: str, cases: list[list[str]]) -> list[str]:
    """What a page on this host reads after each case."""
    await window.page.context.clear_cookies()
    await window.page.goto(f"{base}/app/page")
    found: list[str] = await window.page.evaluate(WRITE, cases)
    return found


@pytest.mark.threat(41)
async def test_row_41_what_is_no_cookie_of_this_session_is_neither_seen_nor_changed(
    window: Acting,
) -> None:
    other = "__Host-gateway_app|zzzzzzzzzzzzzzzz|%2F|a=1; Path=/; Secure"
    odd = "__Host-gateway_app|abcdefghijklmnop|%2F|b=%ff; Path=/; Secure"
    for field in ("sid=operators", "wide=operators; Domain=crm.localhost", other, odd):
        await window.open(HTML, headers={"Set-Cookie": field})
    page = await window.open(HTML)
    before = await page.context.cookies()
    assert len(before) == 4
    read = await page.evaluate("document.cookie = 'sid=mine; path=/'; document.cookie")
    assert read == "sid=mine"
    await page.evaluate("document.cookie = 'wide=; path=/; domain=crm.localhost; max-age=0'")
    assert [each for each in await page.context.cookies() if each in before] == before


async def test_a_page_may_fill_its_own_share_of_the_browser_and_no_more(window: Acting) -> None:
    page = await window.open(HTML)
    held = await page.evaluate(
        """() => {
          for (let at = 0; at < 60; at++) document.cookie = `c${at}=1`;
          document.cookie = "c0=changed";
          document.cookie = "c1=; max-age=0";
          document.cookie = "late=1";
          document.cookie = `large=${"x".repeat(4096)}`;
          return document.cookie.split("; ");
        }"""
    )
    assert len(held) == 50
    assert set(held) == {f"c{at}=1" for at in range(2, 50)} | {"c0=changed", "late=1"}
    left = await page.evaluate("Date.now() / 1000 + 1300")
    assert all(0 < each["expires"] <= left for each in await page.context.cookies())


async def test_a_page_that_the_app_writes_into_its_own_window_keeps_its_cookies(
    window: Acting,
) -> None:
    page = await window.open(HTML)
    await page.evaluate(
        """async () => {
          document.cookie = "theme=dark";
          const text = await (await fetch(location)).text();
          document.open();
          document.write(text);
          document.close();
        }"""
    )
    await page.wait_for_function("!document.querySelector('script') && document.body")
    assert await page.evaluate("document.cookie") == "theme=dark"
