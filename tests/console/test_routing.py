"""Routes are matched on the wire's own bytes."""

from __future__ import annotations

import pytest
from aiohttp import web

from gateway.console.routing import Routes, Visit
from gateway.errors import ClientError


async def listed(_visit: Visit) -> web.Response:
    return web.Response()


async def ended(_visit: Visit) -> web.Response:
    return web.Response()


ROUTES = Routes(
    "/_gateway/", [("GET", "", listed), ("GET", "a/{id}", listed), ("DELETE", "a/{id}", ended)]
)


def test_a_route_is_a_method_and_a_path() -> None:
    assert ROUTES.find("GET", "/_gateway/a/x-1_Z.css") == (listed, {"id": "x-1_Z.css"})
    assert ROUTES.find("HEAD", "/_gateway/") == (listed, {})
    assert ROUTES.find("DELETE", "/_gateway/a/7") == (ended, {"id": "7"})


@pytest.mark.parametrize(
    "path",
    [
        "/_gateway",
        "/_gateway//",
        "/_Gateway/",
        "/%5fgateway/",
        "/_gateway/a/",
        "/_gateway/a/x/y",
        "/_gateway/a/%78",
        "/_gateway/a/x\n",
        "/_gateway/a/" + "x" * 81,
        "/x/_gateway/",
    ],
)
def test_any_other_spelling_is_another_path(path: str) -> None:
    with pytest.raises(ClientError, match="not_found"):
        ROUTES.find("GET", path)


def test_a_known_path_with_another_method_says_so() -> None:
    with pytest.raises(ClientError, match="method") as error:
        ROUTES.find("POST", "/_gateway/a/7")
    assert error.value.status == 405
