"""The console as one handler."""

from __future__ import annotations

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from gateway.console.console import create_console
from tests.console.characters import BEARER
from tests.console.support import World
from tests.console.visitor import Visitor


async def test_it_also_runs_inside_an_application(world: World) -> None:
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", create_console(world.console_services()))
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/_gateway/api/sites", headers=BEARER)
        (only,) = (await answer.json())["sites"]
        assert (only["name"], only["label"]) == ("crm", "CRM")


async def test_the_prefix_is_where_the_config_says(world: World) -> None:
    services = world.console_services()
    moved = type(services)(
        **{name: getattr(services, name) for name in services.__slots__} | {"prefix": "/-/"}
    )
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", create_console(moved))
    async with TestClient(TestServer(app)) as client:
        page = await client.get("/-/sign-in")
        assert page.status == 200
        assert "/_gateway/" not in await page.text()


async def test_a_head_request_is_answered_as_a_get_without_its_body(ada: Visitor) -> None:
    answer = await ada.send("HEAD", "/_gateway/")
    assert (answer.status, answer.text) == (200, "")


async def test_a_wrong_method_is_refused(ada: Visitor) -> None:
    for method in ("PUT", "DELETE", "PROPFIND", "OPTIONS"):
        assert (await ada.send(method, "/_gateway/")).status == 405


async def test_a_refused_stranger_is_shown_where_to_sign_in(visitor: Visitor) -> None:
    answer = await visitor.post("/_gateway/sign-out", {"token": "0" * 64})
    assert answer.status == 401
    assert 'href="/_gateway/sign-in">Sign in</a>' in answer.text
