"""What passes between two client stacks and three server stacks is the same for each pair."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.harness import HOST, Entered, Running, running, site
from tests.e2e.stacks.clients import AiohttpClient, Answer, Client, CurlClient
from tests.e2e.stacks.servers import COMMANDS, running_server

CLIENTS: dict[str, Client] = {"through aiohttp": AiohttpClient(), "through curl": CurlClient()}


@pytest.fixture(scope="module", params=COMMANDS)
def server(request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of the app, in each server stack."""
    with running_server(request.param) as port:
        yield port


class Pair:
    """A client that is in a session with an app, and an ordinary user of it as well."""

    def __init__(self, gw: Running, session: Entered, client: Client) -> None:
        self._gw = gw
        self._client = client
        self.origin = f"http://{session.host}:{gw.port}"
        self._session = {"Host": f"{session.host}:{gw.port}", "Cookie": session.cookie}
        self._user = {"Host": f"{HOST}:{gw.port}"}

    async def _send(self, who: Mapping[str, str], start: str, *more: Any, **how: Any) -> Answer:
        method, _, target = start.partition(" ")
        headers = {**who, **(more[0] if more else {})}
        url = f"http://127.0.0.1:{self._gw.port}{target}"
        return await self._client.send(method, url, headers, *more[1:], **how)

    async def act(self, start: str, *more: Any, **how: Any) -> Answer:
        """Send a request in the session: `GET /path`, headers, body."""
        return await self._send(self._session, start, *more, **how)

    async def use(self, start: str, *more: Any, **how: Any) -> Answer:
        """Send it as an ordinary user."""
        return await self._send(self._user, start, *more, **how)


@pytest.fixture(params=CLIENTS)
async def pair(
    request: pytest.FixtureRequest, server: int, tmp_path: Path, store_url: str
) -> AsyncIterator[Pair]:
    async with running(tmp_path, store_url, site(server)) as gw:
        yield Pair(gw, await gw.enter(mode="read_write"), CLIENTS[request.param])


def values(seen: dict[str, str] | list[list[str]], wanted: str) -> list[str]:
    """Every value under any spelling of a name, with or without CGI's `HTTP_`."""
    pairs = seen.items() if isinstance(seen, dict) else seen
    return [
        value
        for name, value in pairs
        if name.lower().replace("_", "-").removeprefix("http-") == wanted.lower()
    ]


@pytest.mark.threat(2)
async def test_the_app_finds_one_identity_under_every_spelling(pair: Pair) -> None:
    claims = {"X-Remote-User": "root", "x-remote-email": "root@x", "X-REMOTE-GROUPS": "admins"}
    told = await pair.act("GET /headers", claims)
    seen = json.loads(told.body)
    for view in ("pairs", "merged"):
        assert values(seen[view], "X-Remote-User") == ["jonas"]
        assert values(seen[view], "X-Remote-Email") == ["jonas@nordlicht.example"]
        assert values(seen[view], "X-Remote-Groups") == ["sales,emea"]
        assert values(seen[view], "X-Remote-Actor") == ["ada"]
        assert values(seen[view], "Cookie") == []
        (host,) = values(seen[view], "Host")
        assert host.startswith(HOST)
    ordinary = json.loads((await pair.use("GET /headers", claims)).body)
    for view in ("pairs", "merged"):
        assert values(ordinary[view], "X-Remote-User") == []


@pytest.mark.threat(1)
async def test_an_alias_reaches_no_app(pair: Pair) -> None:
    for send in (pair.act, pair.use):
        assert (await send("GET /headers", {"X_Remote_User": "root"})).status == 400


async def test_bodies_go_up_and_come_back_with_a_length_and_in_chunks(pair: Pair) -> None:
    for body in (b"", b"q=1", b"0123456789" * 300_000):
        for chunked in (False, True):
            for send in (pair.act, pair.use):
                kind = {"Content-Type": "application/octet-stream"}
                echoed = await send("POST /echo", kind, body, chunked=chunked)
                assert (echoed.status, echoed.body == body) == (200, True)


async def test_streams_and_large_bodies_come_whole(pair: Pair) -> None:
    for send in (pair.act, pair.use):
        assert (await send("GET /stream")).body == b"".join(b"%04d" % n for n in range(1000))
        assert (await send("GET /large")).body == b"x" * (8 << 20)


async def test_answers_without_a_body_have_none(pair: Pair) -> None:
    for send in (pair.act, pair.use):
        head, empty = await send("HEAD /large"), await send("GET /empty")
        assert (head.status, head.body) == (200, b"")
        assert (empty.status, empty.body, empty.all("content-length")) == (204, b"", [])
    assert (await pair.use("HEAD /large")).all("content-length") == [str(8 << 20)]


@pytest.mark.threat(34)
async def test_a_copy_is_good_for_an_ordinary_user_and_never_in_a_session(pair: Pair) -> None:
    asked = {"If-None-Match": '"v1"'}
    own = await pair.use("GET /cached", asked)
    assert (own.status, own.body, own.all("etag")) == (304, b"", ['"v1"'])
    acting = await pair.act("GET /cached", asked)
    assert (acting.status, acting.body, acting.all("etag")) == (200, b"fresh", [])
    assert acting.all("cache-control") == ["no-store"]


async def test_redirects_lead_to_where_the_client_is(pair: Pair) -> None:
    acting, own = await pair.act("GET /redirect"), await pair.use("GET /redirect")
    assert (acting.status, acting.all("location")) == (302, [f"{pair.origin}/next"])
    (location,) = own.all("location")
    assert (own.status, location.split("/")[2].partition(":")[0]) == (302, HOST)


async def test_cookies_are_kept_for_the_session_and_given_to_an_ordinary_user(pair: Pair) -> None:
    acting, own = await pair.act("GET /cookie"), await pair.use("GET /cookie")
    names = [
        [cookie.partition("=")[0] for cookie in each.all("set-cookie")] for each in (acting, own)
    ]
    assert names == [["__Host-gateway_jar"], ["sid", "b"]]
    seen = json.loads((await pair.act("GET /headers")).body)
    (cookies,) = values(seen["pairs"], "Cookie")
    assert sorted(cookies.split("; ")) == ["b=2", "sid=of-subject"]


@pytest.mark.threat(38)
async def test_an_error_page_carries_the_bar(pair: Pair) -> None:
    acting, own = await pair.act("GET /error"), await pair.use("GET /error")
    assert (acting.status, own.status) == (500, 500)
    assert b"/_gateway/bar.js" in acting.body
    assert own.body == b"<!doctype html><title>Oops</title><h1>Oops</h1>"


async def test_the_apps_connection_is_used_again(pair: Pair) -> None:
    ports = {json.loads((await pair.act("GET /headers")).body)["port"] for _ in range(4)}
    assert len(ports) == 1
