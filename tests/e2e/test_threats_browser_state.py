"""Threat rows 39, 41 to 43, 45 and 46: what a browser keeps, shows, and is led to."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from playwright.async_api import Browser, Page, expect

from tests.e2e.bar import bar_of, leave
from tests.e2e.harness import CONSOLE, HOST, Running, running, site
from tests.e2e.recorder_app import RecorderApp, Seen, http

HTML = "<!doctype html><title>Page</title><body><h1>Deals</h1>"
NO_SOURCES = "default-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
HOSTILE: dict[str, tuple[str, str]] = {
    "/plain": ("", HTML),
    "/no-doctype": ("", "<h1>Deals"),
    "/text": ("", "just text"),
    "/policy": (NO_SOURCES, HTML),
    "/meta-policy": ("", f'{HTML}<meta http-equiv=Content-Security-Policy content="{NO_SOURCES}">'),
    "/sandbox": ("sandbox", HTML),
    "/hidden": ("", f"{HTML}<style>*{{display:none!important}}</style>"),
    "/covered": (
        "",
        f"{HTML}<div style='position:fixed;inset:0;background:lime;z-index:2147483647'></div>",
    ),
    "/clobbered": ("", f"{HTML}<form name=documentElement></form><img name=body>"),
    "/end-in-script": ("", f"{HTML}<script>const end = '</body></html>'</script>"),
    "/open": ("", f"{HTML}<script>onload=()=>{{document.open();document.write('<p>x')}}</script>"),
    "/frames": ("", "<!doctype html><frameset cols=*><frame src=/plain></frameset>"),
}


PAGES = {**HOSTILE, "/sw.js": ("", "self.onfetch = () => {}")}


def show(app: RecorderApp) -> None:
    """Let the app answer with the hostile pages, and an ordinary one elsewhere."""

    async def answer(seen: Seen, writer: asyncio.StreamWriter) -> None:
        policy, page = PAGES.get(seen.target, ("", HTML))
        headers = (f"Content-Security-Policy: {policy}",) if policy else ()
        kind = "text/javascript" if seen.target == "/sw.js" else "text/html; charset=utf-8"
        writer.write(http(page.encode(), type_=kind, headers=headers))

    app.answer = answer


async def act(page: Page, gw: Running) -> str:
    """Enter a session in a browser; give its origin."""
    enter_url: str = (await (await gw.start()).json())["enter_url"]
    await page.goto(enter_url)
    await page.get_by_role("button", name="Act as Jonas Weber").click()
    await expect(page).to_have_title("As Jonas Weber · Page")
    return enter_url.partition("/_gateway/")[0]


@pytest.mark.threat(39)
async def test_row_39_the_bar_is_on_every_hostile_page_and_leaves(
    chromium: Browser, gw: Running, app: RecorderApp
) -> None:
    show(app)
    page = await (await chromium.new_context()).new_page()
    origin = await act(page, gw)
    for path in HOSTILE:
        await page.goto(origin + path)
        assert await bar_of(page) == "Acting on behalf of Jonas Weber", path
    await page.goto(f"{origin}/hidden")
    await leave(page)
    assert gw.gateway.live.under_way() == 0


@pytest.mark.threat(39)
async def test_row_39_a_policy_is_widened_by_the_bars_own_files_alone(
    gw: Running, app: RecorderApp
) -> None:
    session = await gw.enter()
    policy = "default-src 'none'; img-src https://cdn.example; script-src 'nonce-app'"
    bar = f"http://{session.host}/_gateway/bar"
    asked = f"http://{session.host}/_gateway/session"
    app.reply = http(
        HTML.encode(), type_="text/html", headers=(f"Content-Security-Policy: {policy}",)
    )
    answer = await gw.get("/", session.headers)
    widened = answer.headers["Content-Security-Policy"]
    assert "script-src 'nonce-app';" in widened
    assert f"script-src-elem 'nonce-app' {bar}.js" in widened
    assert f"style-src-elem {bar}.css" in widened
    sources = {word for part in widened.split(";") for word in part.split()[1:]}
    allowed = {word for part in policy.split(";") for word in part.split()[1:]}
    assert f"img-src https://cdn.example {bar}.svg" in widened
    assert f"connect-src {asked} {asked}/" in widened
    assert sources - allowed == {f"{bar}.js", f"{bar}.css", f"{bar}.svg", asked, f"{asked}/"}


@pytest.mark.threat(41)
@pytest.mark.parametrize("isolation", ["host", "cookie"])
async def test_row_41_sessions_of_one_app_by_its_name_share_no_cookie(
    app: RecorderApp, tmp_path: Path, store_url: str, isolation: str
) -> None:
    async def give_cookie(seen: Seen, writer: asyncio.StreamWriter) -> None:
        user = b"".join(seen.all("X-Remote-User")) or b"nobody"
        cookies = (
            f"Set-Cookie: who={user.decode()}; Path=/; HttpOnly",
            "Set-Cookie: all=1; Domain=localhost; HttpOnly",
        )
        writer.write(http(headers=cookies))

    said = site(app.port, isolation=isolation)
    said["upstream"]["url"] = f"http://localhost:{app.port}"
    async with running(tmp_path, store_url, said) as gw:
        app.answer = give_cookie
        sessions = {subject: await gw.enter(subject=subject) for subject in ("jonas", "priya")}
        for _ in range(3):
            await gw.get("/", {"Host": HOST})
            assert app.seen[-1].all("Cookie") == []
            for session in sessions.values():
                await gw.get("/", session.headers)
        for seen in app.seen[-2:]:
            (user,) = seen.all("X-Remote-User")
            (cookie,) = seen.all("Cookie")
            assert b"who=" + user in cookie.split(b"; ")
            assert cookie.count(b"who=") == 1
        await gw.api("DELETE", f"sessions/{sessions['jonas'].id}")
        after = await gw.enter(subject="jonas")
        await gw.get("/", after.headers)
        assert app.seen[-1].all("Cookie") == []


@pytest.mark.threat(42)
async def test_row_42_a_script_that_would_outlive_the_session_is_refused(
    gw: Running, app: RecorderApp
) -> None:
    one, two = await gw.enter(), await gw.enter(subject="priya")
    assert len({one.host, two.host, HOST}) == 3
    for spelling in ("Service-Worker: script", "service-worker:script", "Service-Worker: x"):
        head = f"GET /sw.js HTTP/1.1\r\nHost: {one.host}\r\nCookie: {one.cookie}\r\n{spelling}"
        answer = await gw.raw(f"{head}\r\nConnection: close\r\n\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 403")
    assert app.seen == []
    (reason,) = {r["reason"] for r in await gw.records() if r["kind"] == "request.refused"}
    assert reason == "service_worker"
    app.reply = http(type_="text/javascript", headers=("Service-Worker-Allowed: /",))
    assert "Service-Worker-Allowed" not in (await gw.get("/sw.js", one.headers)).headers


KEEP = """async () => {
    localStorage.setItem('kept', 'of the subject');
    sessionStorage.setItem('kept', 'of the subject');
    document.cookie = 'kept=of-the-subject';
    await (await caches.open('kept')).put('/kept', new Response('of the subject'));
    return navigator.serviceWorker.register('/sw.js').then(() => 'installed', () => 'refused');
}"""
KEPT = """async () => [localStorage.getItem('kept'), await caches.has('kept'),
    (await navigator.serviceWorker.getRegistrations()).length]"""


@pytest.mark.threat(42)
@pytest.mark.parametrize("isolation", ["host", "cookie"])
async def test_row_42_what_pages_of_a_session_keep_in_the_browser_ends_with_it(
    chromium: Browser, app: RecorderApp, tmp_path: Path, store_url: str, isolation: str
) -> None:
    show(app)
    async with running(tmp_path, store_url, site(app.port, isolation=isolation)) as gw:
        page = await (await chromium.new_context()).new_page()
        origin = await act(page, gw)
        assert await page.evaluate(KEEP) == "refused"
        await leave(page)
        for place in (origin, f"http://{HOST}:{gw.port}"):
            await page.goto(
                f"{place}/_gateway/leave"
            )  # a page of this origin, with nothing of ours
            assert await page.evaluate(KEPT) == [None, False, 0]


@pytest.mark.threat(43)
async def test_row_43_an_upload_under_way_is_cut_and_its_cookie_is_worth_nothing(
    gw: Running, app: RecorderApp
) -> None:
    session = await gw.enter(mode="read_write")
    reader, writer = await asyncio.open_connection("127.0.0.1", gw.port)
    head = f"POST /a HTTP/1.1\r\nHost: {session.host}\r\nCookie: {session.cookie}\r\n"
    writer.write(f"{head}Expect: 100-continue\r\nContent-Length: 10\r\n\r\n".encode())
    assert b" 100 " in await reader.readuntil(b"\r\n\r\n")
    writer.write(b"12345")
    assert (await gw.api("DELETE", f"sessions/{session.id}")).status == 204
    assert gw.gateway.live.under_way() == 0
    with suppress(ConnectionResetError):
        async with asyncio.timeout(5):
            assert await reader.read() == b""
    writer.close()
    for verb in ("GET", "POST"):
        assert (await gw.request(verb, "/replayed", session.headers)).status == 403
    assert app.seen == []


LEADS = (
    *("//evil.example", "/\\evil.example", "/%09/evil.example", "/\t/evil.example", "javascript:x"),
    *("https://evil.example/_gateway/", "/_gateway//evil.example", "/_gateway/../x", "\\\\evil"),
    *("/_gateway/start?x=\r\nSet-Cookie: a=b", "/_gateway/%2e%2e//evil.example", "data:,x"),
)


@pytest.mark.threat(45)
async def test_row_45_signing_in_leads_to_our_own_pages_alone(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    hashed = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash("right")
    people = f"[{{id: ada, name: Ada, profile: Administrator, email: a@b, password: '{hashed}'}}]"
    async with running(tmp_path, store_url, site(app.port), people=people) as gw:
        host = {"Host": f"{CONSOLE}:{gw.port}", "Accept": "text/html"}
        shown = await gw.get("/_gateway/sign-in", host)
        cookie = shown.headers["Set-Cookie"].partition(";")[0]
        token = (await shown.text()).partition('name="token" value="')[2].partition('"')[0]
        sent = host | {"Origin": f"http://{CONSOLE}:{gw.port}", "Cookie": cookie}
        for wanted in (*LEADS, "/_gateway/start?site=crm&subject=jonas"):
            form = {"name": "ada", "password": "right", "token": token, "next": wanted}
            answer = await gw.request("POST", "/_gateway/sign-in", sent, data=form)
            assert answer.status == 303
            own = wanted if wanted not in LEADS else "/_gateway/"
            assert answer.headers["Location"] == own, wanted
            assert "a" not in answer.cookies


@pytest.mark.threat(45)
async def test_row_45_nothing_that_is_sent_says_where_entering_and_leaving_lead(
    gw: Running, app: RecorderApp
) -> None:
    started = await (await gw.start()).json()
    host, _, code = started["enter_url"].removeprefix("http://").partition("/_gateway/enter?code=")
    more = {"next": "//evil.example", "return_to": "//evil.example", "back": "//evil.example"}
    query = "&".join(f"{name}={value}" for name, value in more.items())
    form = {"code": code, **more}
    entered = await gw.request("POST", f"/_gateway/enter?{query}", {"Host": host}, data=form)
    assert (entered.status, entered.headers["Location"]) == (303, "/")
    own = {"Host": host, "Cookie": entered.headers["Set-Cookie"].partition(";")[0]}
    evil = {"Referer": "https://evil.example/", "Sec-Fetch-Site": "cross-site"}
    assert "evil" not in await (await gw.get(f"/_gateway/leave?{query}", own | evil)).text()
    named = await gw.start(return_to="//evil.example")
    assert (named.status, (await named.json())["code"]) == (422, "return_to_elsewhere")


@pytest.mark.threat(46)
async def test_row_46_nobody_acts_inside_a_session_for_themselves_or_for_the_protected(
    gw: Running, app: RecorderApp
) -> None:
    session = await gw.enter()
    order = {"site": "crm", "subject": "priya", "mode": "read_only", "reason": "Looks into it"}
    bearer = {"Authorization": f"Bearer {gw.token()}"}
    for host in (session.headers, {"Host": HOST}):
        answer = await gw.client.post(
            f"http://127.0.0.1:{gw.port}/_gateway/api/sessions", headers=host | bearer, json=order
        )
        assert (answer.status, (await answer.json())["code"]) == (403, "nested_session")
    for subject, code in (
        ("sam", "protected_user"),
        ("root", "protected_user"),
        ("ada.user", "oneself"),
        ("nobody", "unknown_subject"),
    ):
        answer = await gw.start(subject=subject)
        assert (await answer.json())["code"] == code
        assert answer.status in (403, 404)
    reasons = [r["reason"] for r in await gw.records() if r["kind"] == "session.refused"]
    assert {"protected_user", "oneself"} <= set(reasons)
    assert len((await (await gw.api("GET", "sessions")).json())["sessions"]) == 1
    assert app.seen == []


@pytest.mark.threat(46)
async def test_row_46_the_gateways_own_pages_see_the_actor_never_the_subject(
    gw: Running, app: RecorderApp
) -> None:
    session = await gw.enter()
    claims = {"Cookie": session.cookie, "X-Remote-User": "sam", "X-Remote-Actor": "sam"}
    told = await gw.client.get(
        f"http://127.0.0.1:{gw.port}/_gateway/api/sessions", headers={"Host": CONSOLE, **claims}
    )
    assert told.status == 401, "a session is no sign-in"
    claims |= {"Authorization": f"Bearer {gw.token('sam')}"}
    told = await gw.client.get(
        f"http://127.0.0.1:{gw.port}/_gateway/api/sessions",
        headers={"Host": CONSOLE, **claims, "X-Remote-User": "ada"},
    )
    assert (await told.json())["sessions"] == [], "Sam sees Sam's sessions, whoever they act for"
    await gw.get("/", session.headers | {"X-Remote-Actor": "jonas"})
    assert app.seen[-1].folded("X-Remote-Actor") == [b"ada"]
