"""What users keep about themselves, and what administrators do to users."""

from __future__ import annotations

import pytest

from tests.demo.crm.conftest import Visit
from tests.demo.crm.support import Visitor


async def test_a_profile_is_kept(jonas: Visitor) -> None:
    await jonas.do("/settings", "/settings", phone="+49 1", signature="Moin\nJonas")
    page = await jonas.page("/settings")
    assert 'value="+49 1"' in page
    assert "Moin\nJonas</textarea>" in page
    assert 'value="Key account manager"' in page


async def test_a_password_is_changed_by_who_knows_the_old_one(jonas: Visitor, visit: Visit) -> None:
    path = "/settings/password"
    assert "Password changed." in await jonas.do(path, path, old="relata", new="better one")
    old = await visit(None).post("/sign-in", user="jonas.weber", password="relata")
    new = await visit(None).post("/sign-in", user="jonas.weber", password="better one")
    assert (old.status, new.status) == (401, 303)


@pytest.mark.parametrize(("old", "new"), [("wrong", "better one"), ("relata", "short")])
async def test_a_password_stays_otherwise(jonas: Visitor, visit: Visit, old: str, new: str) -> None:
    path = "/settings/password"
    assert (await jonas.submit(path, path, old=old, new=new)).status == 422
    answer = await visit(None).post("/sign-in", user="jonas.weber", password="relata")
    assert answer.status == 303


async def test_a_key_is_for_programs_only_and_the_old_one_dies(
    jonas: Visitor, visit: Visit
) -> None:
    keys = []
    for _ in range(2):
        page = await jonas.do("/settings/api-key", "/settings/api-key")
        keys.append(page.partition('<code id="api-key">')[2].partition("<")[0])
    program = visit(None)
    for key, status in zip(keys, (401, 200), strict=True):
        assert (await program.get("/api/me", Authorization=f"Bearer {key}")).status == status
    assert (await program.get("/", Authorization=f"Bearer {keys[1]}")).status == 303
    assert (await program.get("/api/me", Authorization="Bearer ")).status == 401


async def test_a_user_sees_colleagues_and_an_administrator_everybody(
    jonas: Visitor, visit: Visit
) -> None:
    assert "Mei Tanaka" not in await jonas.page("/team")
    assert "Mei Tanaka" in await visit("root.admin").page("/team")


async def test_an_administrator_lets_people_in_and_out(visit: Visit) -> None:
    root = visit("root.admin")
    page = await root.do("/team", "/team/arjun.rao/status", status="active")
    assert "arjun.rao is active now." in page
    answer = await visit(None).post("/sign-in", user="arjun.rao", password="relata")
    assert answer.status == 303


async def test_nobody_else_does(jonas: Visitor) -> None:
    assert 'action="/team/' not in await jonas.page("/team")
    token = (await jonas.page("/tasks")).partition('name="csrf" value="')[2].partition('"')[0]
    answer = await jonas.post("/team/lena.brandt/status", csrf=token, status="deactivated")
    assert answer.status == 403
    assert (await jonas.page("/team")).count('chip active">') == 4


@pytest.mark.parametrize(("user", "status"), [("arjun.rao", "king"), ("nobody", "active")])
async def test_there_is_no_such_status_or_user(visit: Visit, user: str, status: str) -> None:
    root = visit("root.admin")
    token = (await root.page("/tasks")).partition('name="csrf" value="')[2].partition('"')[0]
    assert (await root.post(f"/team/{user}/status", csrf=token, status=status)).status == 404


async def test_a_page_about_a_colleague_is_for_colleagues(jonas: Visitor, visit: Visit) -> None:
    assert "lena.brandt@nordlicht.example" in await jonas.page("/team/lena.brandt")
    assert (await jonas.get("/team/mei.tanaka")).status == 404
    assert "Mei Tanaka" in await visit("root.admin").page("/team/mei.tanaka")
