"""Isolation `cookie`: a page of a session that is over must not act in the operator's own name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.harness import HOST, Entered, running, site
from tests.e2e.recorder_app import RecorderApp, http
from tests.sockets.support import knock, opened, socket_app, value

SCRIPT = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Accept": "*/*"}
FRAME = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe", "Accept": "text/html"}
PAGE = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Accept": "text/html"}


@pytest.mark.threat(43)
async def test_the_cookie_outlives_the_session_until_a_page_has_said_that_it_is_over(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, site(app.port, isolation="cookie")) as gw:
        session = await gw.enter(mode="read_write")
        await gw.api("DELETE", f"sessions/{session.id}")
        for background in (SCRIPT, FRAME):
            answer = await gw.get("/poll", session.headers | background)
            assert answer.status == 403
            assert "Set-Cookie" not in answer.headers
        answer = await gw.request("POST", "/contacts/1", session.headers | PAGE)
        assert answer.status == 403
        assert "This session is over" in await answer.text()
        assert answer.headers["Set-Cookie"].startswith('__Host-gateway_session="";')
        assert app.seen == []


@pytest.mark.threat(42)
@pytest.mark.parametrize("isolation", ["cookie", "host"])
async def test_threat_42_a_session_that_ended_elsewhere_leaves_nothing_in_the_browser(
    app: RecorderApp, tmp_path: Path, store_url: str, isolation: str
) -> None:
    async with running(tmp_path, store_url, site(app.port, isolation=isolation)) as gw:
        session = await gw.enter()
        await gw.api("DELETE", f"sessions/{session.id}")
        assert "Clear-Site-Data" not in (await gw.get("/poll", session.headers | SCRIPT)).headers
        for target in ("/", "/contacts?x=1"):
            answer = await gw.get(target, session.headers | PAGE)
            assert answer.status == 403
            assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'


@pytest.mark.threat(42)
async def test_threat_42_no_service_worker_and_no_module_of_one_comes_in_a_session(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    app.reply = http(headers=("Service-Worker-Allowed: /",), type_="text/javascript")
    async with running(tmp_path, store_url, site(app.port, isolation="cookie")) as gw:
        session = await gw.enter()
        for mark in ({"Service-Worker": "script"}, {"Sec-Fetch-Dest": "serviceworker"}):
            answer = await gw.get("/sw.js", session.headers | mark)
            assert (answer.status, (await answer.json())["code"]) == (403, "service_worker")
        assert app.seen == []
        answer = await gw.get("/sw.js", session.headers | {"Sec-Fetch-Dest": "script"})
        assert answer.status == 200
        assert "Service-Worker-Allowed" not in answer.headers


@pytest.mark.threat(43)
@pytest.mark.parametrize("isolation", ["cookie", "host"])
async def test_on_the_operators_own_host_the_cookie_does_not_end_by_itself(
    app: RecorderApp, tmp_path: Path, store_url: str, isolation: str
) -> None:
    async with running(tmp_path, store_url, site(app.port, isolation=isolation)) as gw:
        enter_url = (await (await gw.start()).json())["enter_url"]
        host, _, code = enter_url.removeprefix("http://").partition("/_gateway/enter?code=")
        assert (host.partition(":")[0] == HOST) == (isolation == "cookie")
        answer = await gw.request("POST", "/_gateway/enter", {"Host": host}, data={"code": code})
        assert ("Max-Age" in answer.headers["Set-Cookie"]) == (isolation == "host")


@pytest.mark.threat(28)
@pytest.mark.threat(44)
async def test_rows_28_and_44_a_websocket_is_the_sessions_beside_the_users_own(
    tmp_path: Path, store_url: str
) -> None:
    said = {"isolation": "cookie", "websockets": [{"id": "live", "path": "/ws", "messages": ["a"]}]}
    async with (
        socket_app() as sockets,
        running(tmp_path, store_url, site(sockets.port, **said)) as gw,
    ):
        sockets.fields = ("Set-Cookie: app=1; HttpOnly",)
        session = await gw.enter()
        assert session.host == HOST
        client, at_app = await opened(gw, sockets, session)
        assert value(at_app.head, "X-Remote-User") == b"jonas"
        assert value(at_app.head, "Origin") == f"http://{HOST}:{gw.port}".encode()
        assert value(at_app.head, "Cookie") == b"", "the session's own does not reach the app"
        assert b"app=1" not in client.head, "it is in the session's jar"
        client.text("a")
        assert await at_app.said() == "a"
        foreign = await knock(gw, sockets, session, origin="http://evil.example")
        assert foreign.head.startswith(b"HTTP/1.1 403 ")
        await gw.api("DELETE", f"sessions/{session.id}")
        assert await client.closed() == (1008, "The session has ended.")
        assert await at_app.left()
        after = await knock(gw, sockets, session)
        assert after.head.startswith(b"HTTP/1.1 403 "), "it does not become the user's own"
        own = Entered("", HOST, "app=own")
        person, at_app = await opened(gw, sockets, own)
        assert value(at_app.head, "Cookie") == b"app=own"
        assert value(at_app.head, "X-Remote-User") == b""
        person.writer.close()  # or the stop would wait for it
