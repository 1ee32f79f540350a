"""The split deployment: the shipped nginx config sends to the gateway what needs it, no more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.counts import Counts
from gateway.middleware.names import _SORTS, Sort
from gateway.sessions.tokens import new_id, new_secret
from tests.e2e.harness import CONSOLE, HOST, Entered, Running, running, site
from tests.e2e.nginx_front import Front, nginx_front
from tests.e2e.recorder_app import RecorderApp, Seen, http, recorder_app
from tests.sockets.support import KEY, Peer, socket_app, value

DESK = "desk.localhost"
IDENTITY = ("X-Remote-User", "X-Remote-Email", "X-Remote-Groups", "X-Remote-Actor", "X-Auth-User")
FRAMING = {b"transfer-encoding"}
OWN = {b"x-forwarded-for": b"127.0.0.1", b"x-forwarded-host": HOST.encode(),
       b"x-forwarded-proto": b"https"}  # fmt: skip
ELSEWHERE = "127.0.0.9"


@dataclass(frozen=True)
class Split:
    """All that runs. `crm` has a host for each session, `desk` a cookie; both are one app."""

    gw: Running
    front: Front

    @property
    def untouched(self) -> bool:
        return self.gw.gateway.counts == Counts()


@asynccontextmanager
async def split(folder: Path, store_url: str, app_port: int) -> AsyncIterator[Split]:
    more: dict[str, Any] = {"websockets": [{"id": "live", "path": "/ws", "messages": ["a"]}]}
    crm = site(app_port, **more)
    desk = site(app_port, name="desk", hosts=[DESK], isolation="cookie", **more)
    said: dict[str, Any] = {
        "public_scheme": "https",
        "public_port": 443,
        "trusted_peers": ["127.0.0.1"],
    }
    async with (
        running(folder, store_url, crm, desk, **said) as gw,
        nginx_front(folder, app_port, (gw.port, gw.port), DESK) as front,
    ):
        yield Split(gw, front)


@pytest.fixture
async def world(app: RecorderApp, tmp_path: Path, store_url: str) -> AsyncIterator[Split]:
    async with split(tmp_path, store_url, app.port) as running_split:
        yield running_split


def spellings(name: str) -> tuple[str, ...]:
    """Ways to write a header that CGI, WSGI and PHP apps take for one."""
    return (
        name,
        name.upper(),
        name.replace("-", "_"),
        name.replace("-", ".", 1),
        name.replace("-", "_", 1).lower(),
        name.replace("-", "!"),
    )


@pytest.mark.threat(1)
@pytest.mark.threat(5)
@pytest.mark.threat(6)
@pytest.mark.threat(7)
async def test_rows_1_to_7_an_ordinary_request_goes_straight_and_says_nothing_of_who_it_is(
    world: Split, app: RecorderApp
) -> None:
    dropped = {name for name, sort in _SORTS.items() if sort is Sort.DROP} - FRAMING
    names = {*IDENTITY, *(name.decode() for name in dropped | set(OWN))}
    lies = [f"{each}: evil" for name in sorted(names) for each in spellings(name)]
    hop = "Connection: X-Remote-User, X-Forwarded-For, Host"
    target = "/a%20b/c;v=1/.d/?x=%2F//../&y=\"<'"
    status, _ = await world.front.ask(f"GET {target}", HOST, hop, "Cookie: app=1", *lies)
    assert status == 200
    assert app.seen[0].target == target, "byte for byte"
    assert b"evil" not in app.seen[0].head
    assert app.seen[0].all("Cookie") == [b"app=1"]
    assert app.seen[0].folded("Host") == [HOST.encode()]
    for name, own in OWN.items():
        assert app.seen[0].folded(name.decode()) == [own]
    assert world.untouched


@pytest.mark.threat(16)
async def test_an_ordinary_request_with_a_body_goes_straight_and_frames_one_request(
    world: Split, app: RecorderApp
) -> None:
    long = "/" + "a/" * 4000
    assert (await world.front.ask(f"GET {long}", HOST))[0] == 200
    assert (await world.front.ask("POST /", HOST.upper(), body=b"hello"))[0] == 200
    chunked = b"POST / HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n%bTransfer-Encoding: chunked"
    body = b"\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    await world.front.raw(chunked % (HOST.encode(), b"") + body)
    assert [seen.body for seen in app.seen] == [b"", b"hello", b"hello"]
    both = chunked % (HOST.encode(), b"Content-Length: 3\r\n") + body
    assert (await world.front.raw(both)).startswith(b"HTTP/1.1 400 ")
    assert len(app.seen) == 3
    assert world.untouched


@pytest.mark.threat(8)
@pytest.mark.threat(9)
@pytest.mark.threat(10)
async def test_what_is_in_doubt_goes_to_the_gateway_which_refuses_it(
    world: Split, app: RecorderApp
) -> None:
    session = await world.gw.enter(mode="read_write")
    token = session.cookie.partition("=")[2]
    doubts: dict[int, list[tuple[str, ...]]] = {
        400: [
            ("GET /a/../b", HOST),
            ("GET /a/%2e%2E/b", HOST),
            ("GET /a/..;x/b", HOST),
            ("GET //b", HOST),
            ("GET /a%2fb", HOST),
            ("GET /a%5cb", HOST),
            ("GET /a%255cb", HOST),
            ("GET /a\\b", HOST),
            ("GET /a?b#c", HOST),
            ("GET /a%7f", HOST),
            ("GET /", HOST, f"Cookie: __host-Gateway_session={token}"),
            ("GET /", HOST, f'Cookie: a="1; __Host-gateway_session={token}"'),
            ("GET /", HOST, f"Cookie: a=1; {session.cookie}; {session.cookie}"),
            ("GET /", HOST, "Cookie: a=1", f"Cookie: b=1; __Host-gateway-session={token}"),
            ("GET /", DESK, f"Cookie: !{session.cookie}"),
        ],
        403: [
            ("GET /", HOST, f"Cookie: a=1; {session.cookie}"),  # of the session's own host alone
            ("POST /things", HOST, "Cookie: own=1", f"Origin: https://{session.host}"),
            ("GET /", session.host),
        ],
        421: [
            ("GET /", "other.localhost"),
            ("GET /", f"{HOST}:666"),
            ("GET /", f"{HOST}."),
        ],
    }
    for status, requests in doubts.items():
        for line, host, *fields in requests:
            assert (await world.front.ask(line, host, *fields))[0] == status, (line, host, fields)
    assert world.gw.gateway.counts == Counts(refused=sum(map(len, doubts.values())))
    assert app.seen == []
    refusals = [each for each in await world.gw.records() if each["kind"] == "request.refused"]
    assert len(refusals) == sum(map(len, doubts.values()))


async def test_what_is_in_band_is_the_gateways_on_every_host(
    world: Split, app: RecorderApp
) -> None:
    for host in (HOST, DESK, CONSOLE):
        status, answer = await world.front.ask("GET /_gateway/jwks.json", host)
        assert status == 200, answer
    token = f"Authorization: Bearer {world.gw.token()}"
    assert (await world.front.ask("GET /_gateway/api/sessions", CONSOLE, token))[0] == 200
    assert app.seen == []


@pytest.mark.parametrize("name", ["crm", "desk"])
async def test_a_session_goes_through_the_gateway(
    world: Split, app: RecorderApp, name: str
) -> None:
    app.reply = http(
        b"<!doctype html><p>hi", type_="text/html", headers=("X-Accel-Redirect: /secret",)
    )
    enter_url = (await (await world.gw.start(site=name)).json())["enter_url"]
    host, _, code = enter_url.removeprefix("https://").partition("/_gateway/enter?code=")
    form = "Content-Type: application/x-www-form-urlencoded"
    status, answer = await world.front.ask(
        "POST /_gateway/enter", host, form, body=b"code=" + code.encode(), address=ELSEWHERE
    )
    assert status == 303, answer
    cookie = "Cookie: app=own; " + value(answer, "Set-Cookie").partition(b";")[0].decode()
    lies = ("X-Remote-User: root", "X_Remote_User: root", "X-Forwarded-For: 192.0.2.1")
    status, answer = await world.front.ask("GET /a", host, cookie, *lies, address=ELSEWHERE)
    assert status == 200
    assert b"<script" in answer, "the bar"
    assert [seen.target for seen in app.seen] == ["/a"], "once, and nowhere else"
    assert app.seen[0].folded("X-Remote-User") == [b"jonas"]
    assert app.seen[0].folded("X-Forwarded-For") == [f"{ELSEWHERE}, 127.0.0.1".encode()]
    assert app.seen[0].all("Cookie") == []
    status, _ = await world.front.ask("POST /a", host, cookie, body=b"x=1", address=ELSEWHERE)
    assert status == 403
    assert len(app.seen) == 1
    acted = [each for each in await world.gw.records() if each["kind"].startswith("request.")]
    assert [each["kind"] for each in acted] == [
        "request.intent",
        "request.outcome",
        "request.refused",
    ]
    assert {each["client"]["address"] for each in acted if "client" in each} == {ELSEWHERE}
    assert (await world.front.ask("GET /b", HOST, "Cookie: app=own"))[0] == 200
    assert app.seen[1].folded("X-Remote-User") == []
    assert world.gw.gateway.counts.pass_through == 0


async def test_events_arrive_as_they_are_sent_on_both_ways(world: Split, app: RecorderApp) -> None:
    turn = asyncio.Semaphore(0)

    async def events(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        for _ in range(3):
            writer.write(b"data: 1\n\n")
            await writer.drain()
            await turn.acquire()
        writer.close()

    app.answer = events
    session = await world.gw.enter()
    for host, cookie in ((HOST, "a=1"), (session.host, session.cookie)):
        reader, writer = await world.front.open()
        lines = f"GET /events HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n\r\n"
        writer.write(lines.encode())
        async with asyncio.timeout(5):
            for _ in range(3):
                await reader.readuntil(b"data: 1\n\n")
                turn.release()  # only now does the app send the next
        writer.close()
    counts = world.gw.gateway.counts
    assert (counts.pass_through, counts.governed) == (0, 1)


async def test_a_websocket_is_the_ordinary_users_or_the_sessions(
    tmp_path: Path, store_url: str
) -> None:
    async with socket_app() as app, split(tmp_path, store_url, app.port) as world:
        for entered in (Entered("", HOST, "a=1"), await world.gw.enter(),
                        await world.gw.enter(site="desk")):  # fmt: skip
            reader, writer = await world.front.open()
            app.open.append(writer)
            writer.write(
                f"GET /ws HTTP/1.1\r\nHost: {entered.host}\r\nCookie: {entered.cookie}\r\n"
                f"Origin: https://{entered.host}\r\nConnection: keep-alive, Upgrade\r\n"
                "Upgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\n"
                f"Sec-WebSocket-Key: {KEY}\r\n\r\n".encode()
            )
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 101 "), head
            client, at_app = Peer(reader, writer, masks=True), await app.next()
            assert value(at_app.head, "X-Remote-User") == (b"jonas" if entered.id else b"")
            client.text("a")
            assert await at_app.said() == "a"
            at_app.text("b")
            assert await client.said() == "b"
            client.text("not listed")
            if entered.id:
                assert (await client.closed())[0] == 1008
            else:
                assert await at_app.said() == "not listed"
        counts = world.gw.gateway.counts
        assert (counts.pass_through, counts.governed) == (0, 2)


async def test_http_2_is_told_apart_alike(world: Split, app: RecorderApp) -> None:
    session = await world.gw.enter()
    for host, cookie, user in (
        (HOST, "a=1", []),
        (session.host, f"a=1; {session.cookie}", [b"jonas"]),
    ):
        curl = await asyncio.create_subprocess_exec(
            *("curl", "--silent", "--insecure", "--http2", "--write-out", "%{http_version}"),
            *("--connect-to", f"::127.0.0.1:{world.front.port}", f"https://{host}/"),
            *("--header", f"Cookie: {cookie}", "--header", "X-Remote-User: root"),
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await curl.communicate()
        assert said == b"ok2"
        assert app.seen[-1].folded("X-Remote-User") == user
    assert world.gw.gateway.counts.pass_through == 0


async def test_a_session_stays_with_one_of_several_gateways(
    app: RecorderApp, tmp_path: Path
) -> None:
    sessions = [new_id() for _ in range(16)]
    async with (
        recorder_app() as one,
        recorder_app() as other,
        nginx_front(tmp_path, app.port, (one.port, other.port), DESK) as front,
    ):
        for session in sessions:
            held = len(one.seen)
            cookie = f"Cookie: a=1; __Host-gateway_session={session}{new_secret()}"
            await front.ask("GET /", f"{session}.{HOST}")
            await front.ask("GET /", f"{session}-1.{HOST}", cookie)
            await front.ask("GET /", DESK, cookie)
            assert len(one.seen) - held in (0, 3)
        assert one.seen
        assert other.seen
        assert len(one.seen + other.seen) == 3 * len(sessions)
