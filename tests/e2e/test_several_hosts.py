"""One session over several hosts of an app: each has a cookie, a name and an upstream."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.harness import HOST, Entered, Running, running, site
from tests.e2e.recorder_app import RecorderApp, http, recorder_app

API = f"api.{HOST}"
FILES = f"files.{HOST}"


@dataclass
class World:
    """A gateway in front of an app and its API; a third host is served by the app."""

    gw: Running
    app: RecorderApp
    api: RecorderApp

    def url(self, host: str) -> str:
        return f"http://{host}:{self.gw.port}"

    def at(self, entered: Entered) -> dict[str, str]:
        """As a browser sends it: the Host with the port."""
        return {"Host": f"{entered.host}:{self.gw.port}", "Cookie": entered.cookie}

    async def start(self, **order: str) -> tuple[str, str]:
        started = await (await self.gw.start(**order)).json()
        return started["id"], started["enter_url"]

    async def step(self, address: str, id_: str) -> tuple[Entered, str]:
        """Enter one host as a program does; give it and where to go next."""
        host = address.split("/")[2].partition(":")[0]
        target = "/" + address.split("/", 3)[3]
        answer = await self.gw.request("POST", target, {"Host": f"{host}:{self.gw.port}"})
        assert answer.status == 303, await answer.text()
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
        return Entered(id_, host, cookie), answer.headers["Location"]

    async def enter(self, **order: str) -> list[Entered]:
        id_, address = await self.start(**order)
        hosts = []
        while "/_gateway/" in address:
            entered, address = await self.step(address, id_)
            hosts.append(entered)
        assert address == self.url(hosts[0].host) + "/"
        return hosts


@pytest.fixture
async def world(tmp_path: Path, store_url: str) -> AsyncIterator[World]:
    async with recorder_app() as app, recorder_app() as api:
        more = [{"host": API, "upstream": {"url": f"http://127.0.0.1:{api.port}"}}, {"host": FILES}]
        sockets = [{"id": "live", "path": "/ws"}]
        said = site(app.port, hosts=[HOST, f"www.{HOST}"], more_hosts=more, websockets=sockets)
        async with running(tmp_path, store_url, said) as gw:
            yield World(gw, app, api)


async def test_each_host_of_a_session_is_entered_and_leads_to_its_own_app(world: World) -> None:
    main, api, files = await world.enter()
    assert [api.host, files.host] == [f"{main.id}-1.{HOST}", f"{main.id}-2.{HOST}"]
    assert main.host == f"{main.id}.{HOST}"
    for entered, app, known in ((main, world.app, HOST), (api, world.api, API)):
        assert (await world.gw.get("/a", world.at(entered))).status == 200
        (seen,) = app.seen
        assert seen.all("Host") == [f"{known}:{world.gw.port}".encode()]
        assert seen.all("X-Remote-User") == [b"jonas"]
    await world.gw.get("/b", world.at(files))
    assert world.app.seen[-1].all("Host") == [f"{FILES}:{world.gw.port}".encode()]
    intents = [each for each in await world.gw.records() if each["kind"] == "request.intent"]
    assert {each["session"] for each in intents} == {main.id}
    assert [each["host"].partition(":")[0] for each in intents] == [main.host, api.host, files.host]
    entries = [each for each in await world.gw.records() if each["kind"] == "session.entered"]
    assert len(entries) == 1


@pytest.mark.threat(43)
async def test_row_43_a_cookie_is_worth_nothing_on_another_host_or_after_the_end(
    world: World,
) -> None:
    hosts = await world.enter()
    others = await world.enter()
    for mine in hosts:
        for entered in (*hosts, *others):
            answer = await world.gw.get("/", world.at(mine) | {"Cookie": entered.cookie})
            assert answer.status == (200 if entered is mine else 403)
    beyond = f"{hosts[0].id}-3.{HOST}"
    assert (await world.gw.get("/", world.at(hosts[0]) | {"Host": beyond})).status == 421
    assert (await world.gw.api("DELETE", f"sessions/{hosts[0].id}")).status == 204
    for mine in hosts:
        assert (await world.gw.get("/", world.at(mine))).status == 403


async def test_between_its_hosts_the_app_sees_its_own_origins_and_the_browser_the_sessions(
    world: World,
) -> None:
    main, api, _ = await world.enter(mode="read_write")
    page = world.url(main.host)
    world.api.reply = http(
        headers=(
            f"Access-Control-Allow-Origin: {world.url(HOST)}",
            "Access-Control-Allow-Credentials: true",
            f"Content-Security-Policy: connect-src 'self' ws://www.{HOST}:{world.gw.port}",
            f"Location: {world.url(FILES)}/x",
        )
    )
    sent = world.at(api) | {
        "Origin": page,
        "Referer": f"{page}/deals",
        "Sec-Fetch-Site": "same-site",
    }
    answer = await world.gw.request("POST", "/things", sent, data=b"x")
    (seen,) = world.api.seen
    assert seen.all("Origin") == [world.url(HOST).encode()]
    assert seen.all("Referer") == [f"{world.url(HOST)}/deals".encode()]
    assert answer.headers["Access-Control-Allow-Origin"] == page
    policy = f"connect-src 'self' ws://{main.host}:{world.gw.port}"
    assert answer.headers["Content-Security-Policy"] == policy
    assert answer.headers["Location"] == f"{world.url(f'{main.id}-2.{HOST}')}/x"
    world.app.reply = http(headers=(f"Content-Security-Policy: connect-src {API}:*",))
    shown = await world.gw.get("/", world.at(main))
    assert shown.headers["Content-Security-Policy"] == f"connect-src {api.host}:*"


async def test_a_cookie_goes_to_the_hosts_that_it_is_for(world: World) -> None:
    main, api, files = await world.enter()
    world.api.reply = http(
        headers=(
            "Set-Cookie: own=api; HttpOnly",
            f"Set-Cookie: all=1; Domain={HOST}; HttpOnly",
            f"Set-Cookie: other=1; Domain={FILES}; HttpOnly",
        )
    )
    answer = await world.gw.get("/", world.at(api))
    assert [each.partition("=")[0] for each in answer.headers.getall("Set-Cookie")] == [
        "__Host-gateway_jar"
    ]
    for entered, app, sent in (
        (main, world.app, b"all=1"),
        (files, world.app, b"all=1"),
        (api, world.api, b"own=api; all=1"),
    ):
        await world.gw.get("/", world.at(entered))
        assert app.seen[-1].all("Cookie") == [sent]


async def test_a_preflight_between_hosts_is_answered_without_the_app_or_a_session(
    world: World,
) -> None:
    main, api, _ = await world.enter()
    asked = {
        "Origin": world.url(main.host),
        "Access-Control-Request-Method": "DELETE",
        "Access-Control-Request-Headers": "content-type, x-csrf",
    }
    unknown = f"{'a' * 16}-1.{HOST}"
    for host, page in ((api.host, main.host), (unknown, f"{'a' * 16}.{HOST}")):
        headers = asked | {"Host": f"{host}:{world.gw.port}", "Origin": world.url(page)}
        answer = await world.gw.request("OPTIONS", "/things/1", headers)
        said = answer.headers
        assert (answer.status, said["Vary"], said["Cache-Control"]) == (204, "Origin", "no-store")
        assert said["Access-Control-Allow-Origin"] == world.url(page)
        assert said["Access-Control-Allow-Credentials"] == "true"
        assert said["Access-Control-Allow-Methods"] == "DELETE"
        assert said["Access-Control-Allow-Headers"] == "content-type, x-csrf"
        assert said["Access-Control-Max-Age"] == "0"
    to_api = {"Host": f"{api.host}:{world.gw.port}"}
    for origin in (api.host, f"{'a' * 16}.{HOST}", HOST, f"{main.id}-9.{HOST}"):
        headers = asked | to_api | {"Origin": world.url(origin)}
        refused = await world.gw.request("OPTIONS", "/things/1", headers)
        assert refused.status == 403
        assert "Access-Control-Allow-Origin" not in refused.headers
    assert world.app.seen == world.api.seen == []


async def test_a_refusal_can_be_read_by_the_page_that_asked(world: World) -> None:
    main, api, _ = await world.enter()
    headers = world.at(api) | {"Origin": world.url(main.host), "Accept": "*/*"}
    refused = await world.gw.request("POST", "/things", headers, data=b"x")
    assert (await refused.json())["code"] == "read_only"
    assert refused.headers["Access-Control-Allow-Origin"] == world.url(main.host)
    del headers["Cookie"]
    refused = await world.gw.request("GET", "/things", headers)
    assert (await refused.json())["code"] == "no_session"
    assert refused.headers["Access-Control-Allow-Origin"] == world.url(main.host)
    foreign = await world.gw.get("/things", headers | {"Origin": world.url(HOST)})
    assert "Access-Control-Allow-Origin" not in foreign.headers


@pytest.mark.threat(44)
async def test_row_44_a_page_opens_the_websockets_of_all_hosts_of_its_session_and_no_others(
    world: World,
) -> None:
    main, api, files = await world.enter()
    other, *_ = await world.enter()
    opening = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    world.app.reply = world.api.reply = http(status="426 Upgrade Required")
    for page, entered, app, known in (
        (main, api, world.api, HOST),
        (api, main, world.app, API),
        (files, api, world.api, FILES),
    ):
        headers = world.at(entered) | opening | {"Origin": world.url(page.host)}
        assert (await world.gw.get("/ws", headers)).status == 426, "the app was asked"
        assert app.seen[-1].all("Origin") == [world.url(known).encode()]
    asked = len(world.api.seen)
    for origin in (other.host, HOST, f"{main.id}-3.{HOST}", f"x.{main.host}"):
        headers = world.at(api) | opening | {"Origin": world.url(origin)}
        refused = await world.gw.get("/ws", headers)
        assert (refused.status, (await refused.json())["code"]) == (403, "websocket_origin")
    assert len(world.api.seen) == asked


async def test_a_page_of_a_session_changes_nothing_outside_of_it(world: World) -> None:
    main, *_ = await world.enter(mode="read_write")
    own = {"Host": f"{API}:{world.gw.port}", "Cookie": "own=1"}
    for page, status in ((world.url(main.host), 403), (world.url(HOST), 200), ("null", 200)):
        answer = await world.gw.request("POST", "/things", own | {"Origin": page}, data=b"x")
        assert answer.status == status
        if status == 403:
            assert (await answer.json())["code"] == "outside_session"
    assert (await world.gw.get("/a", own | {"Origin": world.url(main.host)})).status == 200
    assert [seen.line.split()[0] for seen in world.api.seen] == [b"POST", b"POST", b"GET"]


async def test_ordinary_users_find_each_host_where_it_is_served(world: World) -> None:
    for host, app in ((API, world.api), (FILES, world.app), (f"www.{HOST}", world.app)):
        assert (await world.gw.get("/", {"Host": host, "Cookie": "own=1"})).status == 200
        assert app.seen[-1].all("Host") == [host.encode()]
        assert app.seen[-1].all("Cookie") == [b"own=1"]
    assert await world.gw.records() == [
        each for each in await world.gw.records() if each["kind"] == "gateway.started"
    ]
