"""The CRM's own login, for those who come without a proxy that names them."""

from __future__ import annotations

import pytest

from tests.demo.crm.conftest import Visit


async def test_an_active_user_signs_in_and_out(visit: Visit) -> None:
    lena = visit(None)
    page = await lena.do("/sign-in", "/sign-in", user=" Lena.Brandt ", password="relata")
    assert ">Lena Brandt</a>" in page
    old = {cookie.key: cookie.value for cookie in lena.client.cookie_jar}
    assert "Sign in to Relata" in await lena.do("/", "/sign-out")
    assert (await lena.get("/", Cookie=f"crm_session={old['crm_session']}")).status == 303


@pytest.mark.parametrize(
    ("user", "password"), [("lena.brandt", "wrong"), ("nobody", "relata"), ("", "")]
)
async def test_a_wrong_guess_is_let_nowhere(visit: Visit, user: str, password: str) -> None:
    visitor = visit(None)
    answer = await visitor.post("/sign-in", user=user, password=password)
    assert answer.status == 401
    assert "crm_session" not in answer.cookies


@pytest.mark.parametrize("user", ["kenji.mori", "arjun.rao", "ines.costa"])
async def test_only_active_users_sign_in(visit: Visit, user: str) -> None:
    answer = await visit(None).post("/sign-in", user=user, password="relata")
    assert answer.status == 403
    assert "crm_session" not in answer.cookies


async def test_signing_out_takes_a_token(visit: Visit) -> None:
    lena = visit(None)
    await lena.do("/sign-in", "/sign-in", user="lena.brandt", password="relata")
    assert (await lena.post("/sign-out")).status == 403
    assert ">Lena Brandt</a>" in await lena.page("/")
