"""Who signed in by the gateway's own form sees the button too, by a cookie that can do no more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from aiohttp import ClientResponse

from gateway.people.ways_in import proof_of
from tests.e2e.harness import CONSOLE, HOST, Running, running, site, until
from tests.e2e.recorder_app import RecorderApp, http
from tests.e2e.test_people import BEN, PASSWORD, code

PLACES = [{"path": "/employees/{id}", "selector": "h1", "position": "after"}]
PAGE = b"<!doctype html><html><body><h1>Jonas</h1></body></html>"
PATH = "/employees/jonas"
WAY = "__Host-gateway_way"
SHOP = "shop.localhost"


class Browser:
    """Keeps cookies by host, and follows no redirect by itself."""

    def __init__(self, gw: Running) -> None:
        self.gw = gw
        self.cookies: dict[str, dict[str, str]] = {}
        self.set: list[str] = []

    async def ask(self, url: str, **form: str) -> ClientResponse:
        """Ask for an absolute address, or post a form to it."""
        authority, _, path = url.partition("//")[2].partition("/")
        host = authority.partition(":")[0]
        jar = self.cookies.setdefault(host, {})
        headers = {"Host": authority, "Accept-Encoding": "identity"}
        if jar:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        if form:
            headers["Origin"] = f"http://{authority}"
        method = "POST" if form else "GET"
        answer = await self.gw.request(method, f"/{path}", headers, data=form or None)
        for line in answer.headers.getall("Set-Cookie", []):
            self.set.append(line)
            for name, morsel in SimpleCookie(line).items():
                jar[name] = morsel.value
        return answer

    async def console(self, path: str, **form: str) -> ClientResponse:
        return await self.ask(f"http://{CONSOLE}:{self.gw.port}/_gateway/{path}", **form)

    async def sign_in(self, name: str = "ben") -> ClientResponse:
        shown = await self.console("sign-in")
        token = (await shown.text()).partition('name="token" value="')[2].partition('"')[0]
        return await self.console(
            "sign-in", token=token, name=name, password=PASSWORD, next="/_gateway/accounts"
        )

    async def follow(self, answer: ClientResponse) -> list[str]:
        """Follow redirects; give the addresses."""
        seen = []
        while answer.status == 303:
            seen.append(answer.headers["Location"])
            if not seen[-1].startswith("http"):
                break
            answer = await self.ask(seen[-1])
        return seen

    async def sees(self, host: str = HOST, gw: Running | None = None) -> bool:
        """Whether a page about a user has the button, and its script something in it."""
        jar = self.cookies.get(host, {})
        headers = {"Host": host, "Cookie": "; ".join(f"{k}={v}" for k, v in jar.items())}
        page = await (await (gw or self.gw).get(PATH, headers)).read()
        script = await (await (gw or self.gw).get("/_gateway/act.js", headers)).read()
        assert (b"act.js" in page) == bool(script)
        assert script or page == PAGE, "nobody else sees a byte of it"
        return bool(script)


@pytest.fixture
async def two(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> AsyncIterator[tuple[Running, Running]]:
    """Two gateways over one store, with two sites; ben has a password."""
    app.reply = http(PAGE, type_="text/html; charset=utf-8")
    sites = (
        site(app.port, act_button=PLACES),
        site(app.port, act_button=PLACES, name="shop", hosts=[SHOP]),
    )
    async with AsyncExitStack() as stack:
        one, other = [
            await stack.enter_async_context(running(tmp_path / name, store_url, *sites))
            for name in ("one", "other")
        ]
        assert await code(one, "POST", "people", **BEN, password=PASSWORD, why="New") == "201"

        async def is_in() -> bool:
            return (await other.api("GET", "sites", operator="ben")).status == 200

        await until(is_in)
        yield one, other


async def test_signing_in_leads_through_the_apps_hosts_to_where_one_wanted_to_go(
    two: tuple[Running, Running], app: RecorderApp
) -> None:
    one, _ = two
    browser = Browser(one)
    assert not await browser.sees()
    signed_in = await browser.sign_in()
    assert not await browser.sees()
    seen = await browser.follow(signed_in)
    assert seen[-1] == f"http://{CONSOLE}:{one.port}/_gateway/accounts"
    assert len(seen) == 7
    for gw in two:
        assert await browser.sees(gw=gw)
        assert await browser.sees(SHOP, gw)
    for line in browser.set:
        if line.startswith(WAY):
            assert {"Path=/", "Secure", "HttpOnly", "SameSite=Lax"} <= set(line.split("; "))
            assert "Domain" not in line
    token = browser.cookies[HOST][WAY]
    assert not any(token.encode() in got.head for got in app.seen)
    assert token.encode() not in await one.stored()


async def test_the_sign_in_page_lets_its_form_lead_through_those_hosts_alone(
    two: tuple[Running, Running],
) -> None:
    policy = (await Browser(two[0]).console("sign-in")).headers["Content-Security-Policy"]
    port = two[0].port
    assert f"form-action 'self' http://{HOST}:{port} http://{SHOP}:{port};" in policy


@pytest.mark.threat(44)
async def test_a_code_works_once_and_only_in_the_browser_that_asked(
    two: tuple[Running, Running],
) -> None:
    one, _ = two
    ben, stranger = Browser(one), Browser(one)
    answer = await ben.sign_in()
    answer = await ben.ask(answer.headers["Location"])
    answer = await ben.ask(answer.headers["Location"])
    done = answer.headers["Location"]
    await stranger.ask(f"http://{HOST}:{one.port}/_gateway/ways")
    refused = await stranger.ask(done)
    assert refused.status == 410
    assert (await refused.json())["code"] == "way_code"
    assert not await stranger.sees()
    assert (await ben.ask(done)).status == 410, "it was used up by the try"
    assert not await ben.sees()

    await ben.follow(await ben.sign_in())
    assert await ben.sees()
    kinds = [(each["kind"], each["reason"]) for each in await one.records() if "reason" in each]
    assert ("operator.refused", "way_code") in kinds


async def test_a_code_opens_nothing_on_another_host(two: tuple[Running, Running]) -> None:
    one, _ = two
    ben = Browser(one)
    await ben.sign_in()
    held = "h" * 43
    ben.cookies[HOST] = {WAY: held}
    ben.cookies[SHOP] = {WAY: held}
    asked = f"ways?host=http://{HOST}:{one.port}&proof={proof_of(held)}"
    done = (await ben.console(asked)).headers["Location"]
    assert (await ben.ask(done.replace(HOST, SHOP))).status == 410
    done = (await ben.console(asked)).headers["Location"]
    assert (await ben.ask(done)).status == 303
    assert await ben.sees()
    ben.cookies[SHOP] = ben.cookies[HOST]
    assert not await ben.sees(SHOP), "the cookie is of one host"


async def test_nobody_gets_a_code_who_is_not_signed_in(two: tuple[Running, Running]) -> None:
    one, _ = two
    seen = await Browser(one).follow(
        await Browser(one).ask(f"http://{HOST}:{one.port}/_gateway/ways?next=//evil")
    )
    assert seen[-1].startswith("/_gateway/sign-in?")
    assert "evil" not in "".join(seen)
    for asked in (
        f"ways?host=http://evil.localhost&proof={'0' * 64}",
        f"ways?host=http://{HOST}:{one.port}&proof=0",
        "ways",
    ):
        ben = Browser(one)
        await ben.sign_in()
        assert (await ben.console(asked)).status == 400


@pytest.mark.parametrize("how", ["script", "frame"])
async def test_no_script_and_no_frame_is_led_through_it(
    two: tuple[Running, Running], how: str
) -> None:
    one, _ = two
    sent = {
        "script": {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
        "frame": {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    }[how]
    for path in ("ways", "ways/done?code=x"):
        answer = await one.get(f"/_gateway/{path}", {"Host": HOST} | sent)
        assert answer.status == 403
        assert "Set-Cookie" not in answer.headers


async def test_the_cookie_is_no_sign_in(two: tuple[Running, Running]) -> None:
    one, _ = two
    ben = Browser(one)
    await ben.follow(await ben.sign_in())
    token = ben.cookies[HOST][WAY]
    for name in (WAY, "__Host-gateway_operator", "__Host-gateway_session"):
        for path in ("", "accounts", "api/sites", "api/sessions"):
            answer = await one.get(
                f"/_gateway/{path}", {"Host": CONSOLE, "Cookie": f"{name}={token}"}
            )
            assert answer.status in (303, 401), (name, path)
            if answer.status == 303:
                assert answer.headers["Location"].startswith("/_gateway/sign-in")
    entered = {"Host": HOST, "Cookie": f"__Host-gateway_session={token}"}
    assert (await one.get("/a", entered)).status == 403
    operator = ben.cookies[CONSOLE]["__Host-gateway_operator"]
    ben.cookies[HOST] = {WAY: operator}
    assert not await ben.sees(), "nor is a sign-in such a cookie"


async def test_the_button_goes_with_the_sign_in_on_every_worker(
    two: tuple[Running, Running],
) -> None:
    one, other = two
    ben = Browser(one)
    await ben.follow(await ben.sign_in())
    shown = await (await ben.console("")).text()
    token = shown.partition('name="token" value="')[2].partition('"')[0]
    await ben.console("sign-out", token=token)
    for gw in two:
        assert not await ben.sees(gw=gw)

    await ben.follow(await ben.sign_in())
    assert await ben.sees()
    assert await code(one, "POST", "people/disable", id="ben", why="Left") == "200"
    assert not await ben.sees()

    async def is_gone() -> bool:
        return not await ben.sees(gw=other)

    await until(is_gone)
    assert await code(one, "POST", "people/enable", id="ben") == "200"
    assert not await ben.sees(), "it comes back with nobody's old sign-in"


async def test_a_way_lasts_no_longer_than_the_sign_in(two: tuple[Running, Running]) -> None:
    one, _ = two
    ben = Browser(one)
    await ben.follow(await ben.sign_in())
    (sign_in,) = [key async for key in one.store.redis.scan_iter(match="gateway:sign_in:*")]
    left: int = await one.store.redis.ttl(sign_in)
    async for key in one.store.redis.scan_iter(match="gateway:way:*"):
        assert 0 < await one.store.redis.ttl(key) <= left + 1
    await one.store.redis.delete(sign_in)
    assert not await ben.sees()


@pytest.mark.threat(8)
async def test_two_of_the_cookie_are_refused(two: tuple[Running, Running]) -> None:
    one, _ = two
    cookies = f"{WAY}={'a' * 43}; {WAY}={'b' * 43}"
    answer = await one.get(PATH, {"Host": HOST, "Cookie": cookies})
    assert answer.status == 400


async def test_no_app_without_buttons_is_told(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, site(app.port)) as gw:
        assert await code(gw, "POST", "people", **BEN, password=PASSWORD, why="New") == "201"
        browser = Browser(gw)
        assert (await browser.sign_in()).headers["Location"] == "/_gateway/accounts"
        assert (await browser.ask(f"http://{HOST}:{gw.port}/_gateway/ways")).status == 404
