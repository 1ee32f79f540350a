"""Cookies of sessions on a whole gateway: what the app, the browser and the store get of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.wire.script_cookies import PREFIX
from tests.e2e.harness import HOST, Entered, Running, running, site
from tests.e2e.recorder_app import RecorderApp, http

SECRET = "canary-of-the-subjects-login"
TOP = "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nSec-Fetch-Site: "


@pytest.fixture
async def gw(app: RecorderApp, tmp_path: Path, store_url: str) -> AsyncIterator[Running]:
    """A gateway on the app's own host, with a rule that hides a path's cookies from scripts."""
    rule = {"id": "who", "category": "email", "headers": ["Set-Cookie"], "paths": ["/who"]}
    said = site(app.port, isolation="cookie", categories={"email": "E-mail"}, redaction=[rule])
    async with running(tmp_path, store_url, said) as gateway:
        yield gateway


async def get(
    gw: Running, session: Entered | None, *cookies: str, target: str = "/", extra: str = ""
) -> bytes:
    """Every byte of the answer to a request with the session's cookie and these."""
    own = [session.cookie] if session is not None else []
    head = f"GET {target} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n{extra}"
    if own or cookies:
        head += f"Cookie: {'; '.join([*own, *cookies])}\r\n"
    return await gw.raw(f"{head}\r\n".encode("latin-1"))


def set_cookies(answer: bytes) -> dict[str, str]:
    """The value that each Set-Cookie field of an answer gives a name."""
    lines = answer.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    pairs = [line[12:].partition(";")[0] for line in lines if line.startswith("Set-Cookie: ")]
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs)}


def sets(app: RecorderApp, *cookies: str) -> None:
    app.reply = http(headers=tuple(f"Set-Cookie: {each}" for each in cookies))


def seen_by(app: RecorderApp) -> list[bytes]:
    return app.seen[-1].all("Cookie")


def shown(session: Entered, name: str, value: str = "", path: str = "%2F") -> str:
    """A cookie as the browser holds it."""
    return f"{PREFIX}{session.id}|{path}|{name}={value}"


@pytest.mark.threat(40)
@pytest.mark.threat(41)
async def test_row_41_of_http_only_cookies_the_browser_gets_no_byte_and_the_app_all(
    gw: Running, app: RecorderApp
) -> None:
    session = await gw.enter()
    name = f"{PREFIX}{session.id}|%2F|csrftoken"
    sets(app, f"sid={SECRET}; HttpOnly; Path=/", "csrftoken=t/1; Path=/; SameSite=Strict")
    answer = await get(gw, session)
    assert SECRET.encode() not in answer
    assert b"sid" not in answer
    assert set_cookies(answer) == {name: "t%2F1", "__Host-gateway_jar": "1"}
    assert b"; Path=/; Secure; SameSite=Strict; Max-Age=" in answer

    # A program that keeps nothing is told again, and the app sees both; a browser is told once.
    app.reply = http()
    assert name in set_cookies(await get(gw, session))
    assert seen_by(app) == [f"sid={SECRET}; csrftoken=t/1".encode()]
    held = (f"{name}=t%2F1", "__Host-gateway_jar=1")
    assert set_cookies(await get(gw, session, *held)) == {}

    # What the browser has of a readable cookie counts, also that it has it no more.
    await get(gw, session, f"{name}=changed", "__Host-gateway_jar=1")
    assert seen_by(app) == [f"sid={SECRET}; csrftoken=changed".encode()]
    await get(gw, session, "__Host-gateway_jar=1")
    assert seen_by(app) == [f"sid={SECRET}".encode()]

    # The app takes it back, and makes another HttpOnly: the browser is to forget both.
    sets(app, "csrftoken=; Max-Age=0; Path=/", "theme=dark; Path=/; HttpOnly")
    answer = await get(gw, session, shown(session, "theme", "light"), *held)
    gone = {name: "", f"{PREFIX}{session.id}|%2F|theme": "", "__Host-gateway_jar": "2"}
    assert set_cookies(answer) == gone
    assert answer.count(b"Max-Age=0") == 2

    # None of it is left anywhere once the session has ended.
    kept = await gw.stored()
    assert SECRET.encode() in kept
    await gw.api("DELETE", f"sessions/{session.id}")
    assert SECRET.encode() not in await gw.stored()
    await get(gw, None, *held, "own=1")
    assert seen_by(app) == [b"own=1"]


async def test_a_readable_cookie_lives_on_a_page_whose_path_has_params(
    gw: Running, app: RecorderApp
) -> None:
    session = await gw.enter()
    sets(app, "seen=1")
    ((name, value), _) = set_cookies(await get(gw, session, target="/hero;id=1/")).items()
    assert name == f"{PREFIX}{session.id}|%2Fhero%3Bid%3D1|seen"
    await get(gw, session, f"{name}={value}", "__Host-gateway_jar=1", target="/hero;id=1/more")
    assert seen_by(app) == [b"seen=1"]


@pytest.mark.threat(8)
@pytest.mark.threat(41)
async def test_row_41_another_sessions_cookies_count_for_nothing_and_are_cleaned_up(
    gw: Running, app: RecorderApp
) -> None:
    first = await gw.enter()
    old = shown(first, "theme", "dark")
    await gw.api("DELETE", f"sessions/{first.id}")
    over = await get(gw, first, old, extra=f"Accept: text/html\r\n{TOP}same-origin\r\n")
    assert set_cookies(over)[old.partition("=")[0]] == '""'
    second = await gw.enter(subject="priya")
    await get(gw, second, old, shown(first, "lang", "de"), shown(second, "theme", "light"))
    assert seen_by(app) == [b"theme=light"]
    code = (await (await gw.start()).json())["enter_url"].partition("code=")[2]
    headers = {"Host": HOST, "Cookie": old}
    entered = await gw.request("POST", "/_gateway/enter", headers, data={"code": code})
    assert "Max-Age=0" in entered.headers.getall("Set-Cookie")[-1]
    assert entered.headers.getall("Set-Cookie")[-1].startswith(old.partition("=")[0])
    seen = len(app.seen)
    own = f"{PREFIX}{second.id}"
    for odd in (
        f"{own}|%2f|theme=1",
        f"{own}|%2F|theme=%0D%0AX: y",
        f"{own}|theme=1",
        f"{own}|%2F|theme=1; {own}|%2F|theme=2",
        f"{own.lower()}|%2F|theme=1",
    ):
        answer = await get(gw, second, odd)
        assert answer.startswith(b"HTTP/1.1 400 ")
    assert len(app.seen) == seen


@pytest.mark.threat(37)
async def test_row_37_a_rule_keeps_a_readable_cookie_from_the_operator_but_not_from_the_app(
    gw: Running, app: RecorderApp
) -> None:
    session = await gw.enter()
    sets(app, "who=jonas@nordlicht.example; Path=/", f"sid={SECRET}; HttpOnly")
    answer = await get(gw, session, target="/who")
    assert b"nordlicht" not in answer
    assert set_cookies(answer) == {"__Host-gateway_jar": "1"}
    assert b'X-Gateway-Redacted: "who";category="email";count=1' in answer
    app.reply = http()
    assert b"nordlicht" not in await get(gw, session, "__Host-gateway_jar=1")
    assert seen_by(app) == [f"who=jonas@nordlicht.example; sid={SECRET}".encode()]


@pytest.mark.threat(44)
async def test_row_44_same_site_holds_inside_a_session(gw: Running, app: RecorderApp) -> None:
    session = await gw.enter()
    sets(
        app,
        "s=1; HttpOnly; SameSite=Strict",
        "l=1; HttpOnly",
        "n=1; SameSite=None; Secure; HttpOnly",
    )
    await get(gw, session)
    app.reply = http()
    await get(gw, session, extra=f"{TOP}same-origin\r\n")
    assert seen_by(app) == [b"s=1; l=1; n=1"]
    await get(gw, session, extra=f"{TOP}cross-site\r\n")
    assert seen_by(app) == [b"l=1; n=1"]
    sets(app, "s=forged; HttpOnly; SameSite=Strict")
    await get(gw, session, extra="Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n")
    assert seen_by(app) == [b"n=1"]
    await get(gw, session)
    assert seen_by(app) == [b"s=1; l=1; n=1"]
