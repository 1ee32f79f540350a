"""Who may sign in and by which policies, read from what the config names."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import cast

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, make_mocked_request

from gateway.app.people import authenticator, load_operators, load_policies, profiles_of
from gateway.errors import GatewayError
from gateway.store.client import Store
from tests.config.support import read
from tests.people.issuer import Issuer

JWT = {"issuer": "https://idp", "audience": "gateway", "algorithm": "ES256"}


def test_operators_and_policies_are_those_that_the_config_names(tmp_path: Path) -> None:
    config = read(tmp_path, lambda config: config.update(policies={"folder": "policies"}))
    assert [operator.id for operator in load_operators(config, profiles_of(config))] == ["ada"]
    (tmp_path / "policies/own.cedar").write_text('@id("own") permit(principal, action, resource);')
    (tmp_path / "policies/README.md").write_text("Not a policy.")
    load_policies(config, profiles_of(config))
    (tmp_path / "policies/own.cedar").write_text("permit everything")
    with pytest.raises(GatewayError, match=r"policies cannot be read: own\.cedar"):
        load_policies(config, profiles_of(config))


def test_without_a_folder_of_policies_the_gateways_own_hold(tmp_path: Path) -> None:
    config = read(tmp_path)
    words = load_policies(config, profiles_of(config)).words
    assert "administrators_act_for_everyone" in words


def test_profiles_are_the_shipped_ones_and_those_of_the_config(tmp_path: Path) -> None:
    said = [
        {"name": "Night Shift", "like": "Support", "hours": ["mon-fri 22:00-06:00"], "idle": "5m"},
        {"name": "Developer", "lifetime": "15m", "networks": ["10.0.0.0/8"]},
    ]
    profiles = profiles_of(read(tmp_path, lambda config: config.update(profiles=said)))
    assert profiles.chain("Night Shift") == ("Night Shift", "Support")
    night, developer = profiles["Night Shift"], profiles["Developer"]
    assert (night.lifetime_ms, night.idle_ms) == (1_800_000, 300_000)
    assert (developer.lifetime_ms, developer.idle_ms) == (900_000, 600_000)
    assert developer.knows("10.1.2.3")
    assert developer.knows("::ffff:10.1.2.3")
    assert not developer.knows("192.0.2.1")
    assert not developer.knows("somewhere")
    assert not night.knows("10.1.2.3")
    midnight = 1_795_564_800_000  # Wednesday, 2026-11-25 00:00 UTC
    assert night.at_work(midnight)
    assert not night.at_work(midnight + 12 * 3_600_000)
    assert not developer.at_work(midnight)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([{"name": "A", "like": "B"}], "'A' is like 'B', which there is not"),
        ([{"name": "A", "like": "B"}, {"name": "B", "like": "A"}], "like itself: A -> B"),
        ([{"name": "A"}, {"name": "A"}], "'A' is there twice"),
    ],
)
def test_a_profile_is_like_another_that_there_is(
    tmp_path: Path, said: list[dict[str, str]], why: str
) -> None:
    config = read(tmp_path, lambda config: config.update(profiles=said))
    with pytest.raises(GatewayError, match=why):
        profiles_of(config)


@pytest.mark.parametrize("text", [b"- {id: ada}", b"\xff"])
def test_operators_that_cannot_be_read_are_told(tmp_path: Path, text: bytes) -> None:
    config = read(tmp_path)
    (tmp_path / "operators.yaml").write_bytes(text)
    with pytest.raises(GatewayError, match="The operators cannot be read") as refused:
        load_operators(config, profiles_of(config))
    assert refused.value.code == "config"


class Idp:
    """Publishes an issuer's keys at `/keys`; `answer` is put in their place when it is set."""

    def __init__(self) -> None:
        self.issuer = Issuer()
        self.answer: Callable[[], web.StreamResponse] | None = None
        self.asked: list[str] = []
        self.url = ""

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(request.path)
        if self.answer is not None and request.path == "/keys":
            return self.answer()
        return web.json_response({"keys": self.issuer.jwks()})


@pytest.fixture
async def idp() -> AsyncIterator[Idp]:
    here = Idp()
    app = web.Application()
    app.router.add_get("/{path:.*}", here.handle)
    async with TestServer(app) as server:
        here.url = str(server.make_url("/keys"))
        yield here


async def who(folder: Path, token: bytes, **jwt: str) -> str:
    """Whom a token proves where the config says this of tokens."""
    config = read(folder, lambda said: said.update(sign_in={"jwt": JWT | jwt}))
    no_store = cast(Store, None)  # a token needs none
    operators = load_operators(config, profiles_of(config))
    door = authenticator(config.sign_in, operators, no_store, fresh_for=300)
    headers = {"Authorization": f"Bearer {token.decode()}"}
    proof = await door.prove(make_mocked_request("GET", "/", headers=headers))
    assert proof is not None
    return proof.operator.id


async def test_an_issuers_keys_come_from_its_address(tmp_path: Path, idp: Idp) -> None:
    assert await who(tmp_path, idp.issuer.token(), jwks_url=idp.url) == "ada"
    assert idp.asked == ["/keys"]


async def test_an_issuers_keys_come_from_a_file(tmp_path: Path) -> None:
    issuer = Issuer()
    (tmp_path / "keys.json").write_text(json.dumps({"keys": issuer.jwks()}))
    assert await who(tmp_path, issuer.token(), jwks_file="keys.json") == "ada"


def moved() -> web.StreamResponse:
    raise web.HTTPFound("/elsewhere")


def huge() -> web.StreamResponse:
    return web.Response(body=b" " * ((1 << 20) + 1))


def created() -> web.StreamResponse:
    return web.json_response({}, status=201)


@pytest.mark.threat(50)
@pytest.mark.parametrize("answer", [moved, huge, created, lambda: web.Response(status=500)])
async def test_row_50_any_other_answer_than_keys_is_none(
    tmp_path: Path, idp: Idp, answer: Callable[[], web.StreamResponse]
) -> None:
    idp.answer = answer
    with pytest.raises(GatewayError) as away:
        await who(tmp_path, idp.issuer.token(), jwks_url=idp.url)
    assert away.value.code == "sign_in_keys_away"
    assert idp.asked == ["/keys"], "a redirect is not followed"


@pytest.mark.threat(50)
async def test_row_50_proxies_of_the_environment_are_not_used(
    tmp_path: Path, idp: Idp, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    assert await who(tmp_path, idp.issuer.token(), jwks_url=idp.url) == "ada"
