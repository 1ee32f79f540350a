"""Who the operator is, in each of the three ways, and how the app is told who the subject is."""

from __future__ import annotations

from pathlib import Path

import jwt
import pytest
from argon2 import PasswordHasher

from tests.e2e.harness import CONSOLE, HOST, running, site
from tests.e2e.recorder_app import RecorderApp

TOKEN_SITE = {
    "identity": {
        "jwt": {"header": "X-Identity", "audience": "crm", "lifetime": "60s", "algorithm": "ES256"}
    }
}


async def test_the_app_gets_a_signed_token_whose_key_is_published(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, site(app.port, **TOKEN_SITE)) as gw:
        session = await gw.enter()
        await gw.get("/", session.headers | {"X-Identity": "forged"})
        (token,) = app.seen[0].folded("X-Identity")
        published = await gw.get("/_gateway/jwks.json", {"Host": HOST})
        keys = jwt.PyJWKSet.from_dict(await published.json())
        key = next(
            key
            for key in keys.keys
            if key.key_id == jwt.get_unverified_header(token.decode())["kid"]
        )
        claims = jwt.decode(token.decode(), key, algorithms=["ES256"], audience="crm")
        assert claims["sub"] == "jonas"
        assert claims["act"]["sub"] == "ada"
        assert claims["iss"] == f"http://{CONSOLE}:{gw.port}"
        assert len(keys.keys) == 2, "the next key is known before it signs"


async def test_keys_outlive_a_restart(app: RecorderApp, tmp_path: Path, store_url: str) -> None:
    said = site(app.port, **TOKEN_SITE)
    published = []
    for _ in range(2):
        async with running(tmp_path, store_url, said) as gw:
            answer = await gw.get("/_gateway/jwks.json", {"Host": HOST})
            published.append(await answer.json())
    assert published[0] == published[1]
    assert (tmp_path / "data" / "identity-ES256.json").stat().st_mode & 0o077 == 0


async def test_a_trusted_header_signs_in_from_listed_peers_only(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    for peers, status in ((["127.0.0.1"], 200), (["10.9.9.9"], 401)):
        ways = {"local": {}, "trusted_header": {"name": "X-Auth-User", "peers": peers}}
        async with running(tmp_path, store_url, site(app.port), sign_in=ways) as gw:
            headers = {"Host": CONSOLE, "X-Auth-User": "ada"}
            assert (await gw.get("/_gateway/api/sessions", headers)).status == status
            alias = await gw.get("/_gateway/api/sessions", headers | {"X_Auth_User": "sam"})
            assert alias.status in (400, 401)


async def test_a_token_that_does_not_hold_signs_nobody_in(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, site(app.port)) as gw:
        good = gw.token()
        head, body, signature = good.split(".")
        none = jwt.encode({"sub": "ada", "iss": "test", "aud": "gateway"}, "", "none")
        for token in (f"{head}.{body}.{signature[::-1]}", none, "x", gw.token("nobody")):
            headers = {"Host": CONSOLE, "Authorization": f"Bearer {token}"}
            answer = await gw.get("/_gateway/api/sessions", headers)
            assert answer.status in (401, 403)
        refused = [r for r in await gw.records() if r["kind"] == "operator.refused"]
        assert len(refused) == 4


async def test_a_password_signs_in_and_wrong_ones_are_slowed_down(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    hashed = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash("right")
    people = f"""
  - {{id: ada, name: Ada Okafor, email: ada@gateway.example, profile: Administrator,
     password: '{hashed}'}}
"""
    async with running(tmp_path, store_url, site(app.port), people=people) as gw:
        origin = f"http://{CONSOLE}:{gw.port}"
        headers = {"Host": f"{CONSOLE}:{gw.port}", "Accept": "text/html"}
        shown = await gw.get("/_gateway/sign-in", headers)
        form = shown.headers["Set-Cookie"].partition(";")[0]
        token = (await shown.text()).partition('name="token" value="')[2].partition('"')[0]
        sent = headers | {"Origin": origin, "Cookie": form}

        async def submit(password: str) -> int:
            fields = {"name": "ada", "password": password, "token": token}
            return (await gw.request("POST", "/_gateway/sign-in", sent, data=fields)).status

        assert await submit("right") == 303
        assert [await submit("wrong") for _ in range(9)] == [401] * 8 + [429]
        assert await submit("right") == 429


@pytest.mark.threat(5)
async def test_row_5_in_a_session_the_app_is_not_shown_what_proves_the_operator(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    ways = {
        "trusted_header": {"name": "X-Auth-User", "peers": ["127.0.0.1"]},
        "jwt": {
            "header": "X-Auth-Token",
            "issuer": "test",
            "audience": "gateway",
            "algorithm": "ES256",
            "jwks_file": "jwks.json",
        },
    }
    order = {"site": "crm", "subject": "jonas", "mode": "read_only", "reason": "Looks into it"}
    async with running(tmp_path, store_url, site(app.port), sign_in=ways) as gw:
        proofs = {"X-Auth-User": "ada", "x-auth-token": gw.token()}
        answer = await gw.client.post(
            f"http://127.0.0.1:{gw.port}/_gateway/api/sessions",
            headers={"Host": CONSOLE, **proofs},
            json=order,
        )
        enter_url = (await answer.json())["enter_url"]
        host, _, code = enter_url.removeprefix("http://").partition("/_gateway/enter?code=")
        entered = await gw.request("POST", "/_gateway/enter", {"Host": host}, data={"code": code})
        cookie = entered.headers["Set-Cookie"].partition(";")[0]
        await gw.get("/", {"Host": host, "Cookie": cookie, **proofs})
        await gw.get("/", {"Host": HOST, **proofs})
        session, ordinary = app.seen
        for name in proofs:
            assert session.folded(name) == []
            assert len(ordinary.folded(name)) == 1, "an app behind the same sign-in may need it"
        assert session.all("X-Remote-User") == [b"jonas"]


@pytest.mark.threat(5)
async def test_row_5_in_a_session_a_bearer_token_of_the_operator_stays_here(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, site(app.port)) as gw:
        session = await gw.enter()
        theirs = "Bearer what-the-app-gave-its-page"
        await gw.get("/", session.headers | {"Authorization": f"Bearer {gw.token()}"})
        await gw.get("/", session.headers | {"Authorization": theirs})
        ours, apps = app.seen
        assert ours.all("Authorization") == []
        assert apps.all("Authorization") == [theirs.encode()]
