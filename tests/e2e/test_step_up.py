"""Changes that need an operator who has just signed in (RFC 9470)."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import jwt
import pytest

from gateway.policy.rights.ready import DEFAULT
from tests.e2e.harness import CONSOLE, Running, running, site
from tests.e2e.recorder_app import RecorderApp

FRESH: dict[str, Any] = {"policies": {"ready": [*DEFAULT, "fresh_sign_in"]}}
ORDER = {"site": "crm", "subject": "jonas", "mode": "read_write", "reason": "Looks into it"}


def token(gw: Running, **claims: Any) -> str:
    now = int(time.time())
    said = {"iss": "test", "aud": "gateway", "sub": "ada", "iat": now, "exp": now + 300}
    return jwt.encode(said | claims, gw.key, "ES256", headers={"kid": "k"})


async def start(gw: Running, **claims: Any) -> tuple[int, str]:
    answer = await gw.client.post(
        f"http://127.0.0.1:{gw.port}/_gateway/api/sessions",
        headers={"Host": CONSOLE, "Authorization": f"Bearer {token(gw, **claims)}"},
        json=ORDER,
    )
    await answer.read()
    return answer.status, answer.headers.get("WWW-Authenticate", "")


async def test_a_token_of_an_old_sign_in_is_asked_for_a_fresh_one(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    now = int(time.time())
    async with running(tmp_path, store_url, site(app.port), **FRESH) as gw:
        challenge = (
            'Bearer error="insufficient_user_authentication", '
            'error_description="A fresh sign-in is needed", max_age=300'
        )
        assert await start(gw) == (401, challenge)
        assert await start(gw, auth_time=now - 400) == (401, challenge)
        assert await start(gw, auth_time=now + 400) == (401, challenge)
        assert await start(gw, auth_time=now - 10) == (201, "")


async def test_how_they_signed_in_counts_where_the_config_says_so(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    sign_in = {
        "issuer": "test",
        "audience": "gateway",
        "algorithm": "ES256",
        "jwks_file": "jwks.json",
        "acr_values": ["mfa", "phr"],
    }
    more = FRESH | {"sign_in": {"jwt": sign_in}, "sessions": {"fresh_for": "60s"}}
    now = int(time.time())
    async with running(tmp_path, store_url, site(app.port), **more) as gw:
        status, challenge = await start(gw, auth_time=now - 10)
        assert status == 401
        assert challenge.endswith('max_age=60, acr_values="mfa phr"')
        assert (await start(gw, auth_time=now - 10, acr="phr"))[0] == 201


@pytest.mark.parametrize("fresh", [True, False])
async def test_a_session_is_raised_by_who_has_just_signed_in(
    app: RecorderApp, tmp_path: Path, store_url: str, fresh: bool
) -> None:
    async with running(tmp_path, store_url, site(app.port), **FRESH) as gw:
        session = await gw.enter()
        said = {"auth_time": int(time.time())} if fresh else {}
        answer = await gw.client.post(
            f"http://127.0.0.1:{gw.port}/_gateway/api/sessions/{session.id}/elevation",
            headers={"Host": CONSOLE, "Authorization": f"Bearer {token(gw, **said)}"},
            json={"reason": "A wrong address"},
        )
        await answer.read()
        assert answer.status == (200 if fresh else 401)
