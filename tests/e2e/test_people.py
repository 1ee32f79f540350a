"""The people of the store are managed by program: on every worker, within rules, and on record."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError

from gateway.app import file_watch
from tests.e2e.harness import CONSOLE, OPERATORS, Entered, Running, running, site, until
from tests.e2e.recorder_app import RecorderApp

BEN = {"id": "ben", "name": "Ben", "email": "ben@gateway.example", "profile": "Administrator"}
PASSWORD = "correct horse battery"
MAIL = {"email": "jonas@nordlicht.example"}


@pytest.fixture(autouse=True)
def _looking_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_watch, "EVERY", 0.02)


@pytest.fixture
async def two(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> AsyncIterator[tuple[Running, Running]]:
    """Two gateways over one store."""
    async with AsyncExitStack() as stack:
        one, other = [
            await stack.enter_async_context(running(tmp_path / name, store_url, site(app.port)))
            for name in ("one", "other")
        ]
        yield one, other


async def said(gw: Running, method: str, path: str, who: str = "ada", **body: Any) -> Any:
    answer = await gw.api(method, path, operator=who, **body)
    return answer.status, await answer.json()


async def code(gw: Running, method: str, path: str, who: str = "ada", **body: Any) -> str:
    status, told = await said(gw, method, path, who, **body)
    return f"{status} {told.get('code', '')}".strip()


async def signed_in(gw: Running, name: str, password: str) -> str:
    """Sign in by the form; give the cookie, or nothing."""
    page = await gw.get("/_gateway/sign-in", {"Host": CONSOLE})
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    token = (await page.text()).partition('name="token" value="')[2].partition('"')[0]
    form = {"token": token, "name": name, "password": password, "next": ""}
    origin = f"http://{CONSOLE}:{gw.port}"
    headers = {"Host": f"{CONSOLE}:{gw.port}", "Origin": origin, "Cookie": cookie}
    answer = await gw.request("POST", "/_gateway/sign-in", headers, data=form)
    kept = [each for each in answer.headers.getall("Set-Cookie", []) if "_operator=" in each]
    return kept[0].partition(";")[0] if answer.status == 303 and kept else ""


async def knows(gw: Running, cookie: str) -> bool:
    answer = await gw.get("/_gateway/", {"Host": CONSOLE, "Cookie": cookie})
    return answer.status == 200


async def is_over(gw: Running, session: Entered) -> bool:
    try:
        return (await gw.get("/a", session.headers)).status in (401, 403)
    except ClientError:  # it was cut under way
        return False


async def test_who_is_disabled_is_out_on_every_worker(
    two: tuple[Running, Running], app: RecorderApp
) -> None:
    one, other = two
    assert await code(one, "POST", "people", **BEN, password=PASSWORD, why="New") == "201"

    async def is_in() -> bool:
        return (await other.api("GET", "sites", operator="ben")).status == 200

    await until(is_in)
    cookies = [await signed_in(gw, "ben", PASSWORD) for gw in two]
    for gw, cookie in zip(two, cookies, strict=True):
        assert await knows(gw, cookie)
    assert not await signed_in(one, "ben", "another password")
    sessions = [await gw.enter("ben") for gw in two]
    for gw, session in zip(two, sessions, strict=True):
        assert (await gw.get("/a", session.headers)).status == 200

    seen = len(app.seen)
    assert await code(one, "POST", "people/disable", id="ben", why="Left") == "200"
    for gw, session in zip(two, sessions, strict=True):
        assert (await gw.get("/b", session.headers)).status in (401, 403)
    assert len(app.seen) == seen, "both have ended when the answer is there"
    assert not await knows(one, cookies[0])
    assert await code(one, "GET", "sites", "ben") == "403 not_an_operator"
    assert not await signed_in(one, "ben", PASSWORD)

    async def is_out() -> bool:
        by_token = await code(other, "GET", "sites", "ben")
        return by_token == "403 not_an_operator" and not await knows(other, cookies[1])

    await until(is_out, 1)
    assert await code(one, "POST", "people/enable", id="ben") == "200"
    await until(is_in)
    for gw, cookie in zip(two, cookies, strict=True):
        assert not await knows(gw, cookie), "a sign-in before comes back for nobody"
    assert await signed_in(other, "ben", PASSWORD)
    ends = [each for each in await one.records() if each["kind"] == "session.ended"]
    assert {each["reason"] for each in ends} <= {"no_longer_allowed", "deprovisioned"}
    assert len(ends) == 2
    changed = [each for each in await one.records() if each["kind"] == "people.changed"]
    assert [(each["actor"]["id"], each["about"], each["rule"]) for each in changed] == [
        ("ada", "ben", "administrators_manage")
    ] * 3
    assert [each["detail"] for each in changed][1:] == ["disabled", "enabled"]
    assert changed[0]["detail"].startswith("added; id: ben; name: Ben; ")
    assert PASSWORD not in str(await one.records())
    assert PASSWORD.encode() not in await one.stored()


async def test_another_password_signs_out_and_the_old_one_is_wrong(
    two: tuple[Running, Running],
) -> None:
    one, other = two
    assert await code(one, "POST", "people", **BEN, password=PASSWORD) == "201"
    cookie = await signed_in(one, "ben", PASSWORD)
    assert await code(one, "PUT", "people", **BEN, password="short") == "422 password_length"
    assert await knows(one, cookie)
    assert await code(one, "PUT", "people", **BEN, password="a better password") == "200"
    assert not await knows(one, cookie)
    assert not await signed_in(one, "ben", PASSWORD)

    async def is_new() -> bool:
        return bool(await signed_in(other, "ben", "a better password"))

    await until(is_new)
    history = (await said(one, "GET", "people/history?id=ben"))[1]["changes"]
    assert [each["version"] for each in history] == [2, 1]
    assert "argon2" not in str(history)
    details = [each["detail"] for each in await one.records() if each["kind"] == "people.changed"]
    assert details[-1] == "another password"
    assert len([key async for key in one.store.redis.scan_iter("gateway:password:*")]) == 1


async def test_rules_hold_for_everybody(two: tuple[Running, Running]) -> None:
    one, _ = two
    assert await code(one, "POST", "people/disable", id="ada") == "403 own_person"
    assert await code(one, "PUT", "people", **BEN) == "404 unknown_person"
    sam = {"id": "sam", "name": "Sam", "email": "sam@gateway.example", "profile": "Support"}
    assert await code(one, "PUT", "people", **sam) == "409 kept_in_file"
    assert await code(one, "POST", "people", **(BEN | {"id": "SAM"})) == "409 person_exists"
    assert await code(one, "POST", "people", **(BEN | {"email": "SAM@gateway.example"})) == (
        "409 person_exists"
    )
    assert await code(one, "POST", "people", **(BEN | {"profile": "King"})) == (
        "422 unknown_profile"
    )
    assert await code(one, "POST", "people", **(BEN | {"name": " "})) == "422 bad_person"
    assert await code(one, "POST", "people", "sam", **BEN) == "403 not_permitted"
    assert await code(one, "GET", "people?id=ada", "sam") == "403 not_permitted"
    assert [each["id"] for each in (await said(one, "GET", "people", "sam"))[1]["people"]] == [
        "sam"
    ]

    owner: dict[str, Any] = BEN | {"profile": "Customer Success Manager", "accounts": ["nordlicht"]}
    assert await code(one, "POST", "people", **owner) == "201"
    status, told = await said(one, "POST", "people/disable", id="ben")
    assert (status, told["code"]) == (409, "hand_over_first")
    assert told["hand_over"] == [{"kind": "account", "name": "nordlicht"}]
    stale: dict[str, Any] = owner | {"accounts": [], "version": 0}
    assert await code(one, "PUT", "people", **stale) == "409 changed_meanwhile"
    assert await code(one, "PUT", "people", **(stale | {"version": 1})) == "200"
    assert await code(one, "POST", "people/disable", id="ben", version=2) == "200"
    assert await code(one, "POST", "people/disable", id="ben") == "200", "that changes nothing"
    shown = (await said(one, "GET", "people?id=ben"))[1]
    assert (shown["disabled"], shown["version"], shown["kept_in"]) == (True, 3, "store")
    assert [each["id"] for each in (await said(one, "GET", "people?q=gateway"))[1]["people"]] == [
        "ada",
        "ben",
        "sam",
    ]


async def test_two_administrators_who_disable_each_other_leave_one(
    two: tuple[Running, Running],
) -> None:
    one, other = two
    assert await code(one, "POST", "people", **BEN) == "201"

    async def is_in() -> bool:
        return (await other.api("GET", "sites", operator="ben")).status == 200

    await until(is_in)
    came = await asyncio.gather(
        code(one, "POST", "people/disable", id="ben"),
        code(other, "POST", "people/disable", "ben", id="ada"),
    )
    assert sorted(came)[0] == "200"
    assert sorted(came)[1] in ("409 last_administrator", "403 not_an_operator")
    left = [who for who in ("ada", "ben") if await code(one, "GET", "sites", who) == "200"]
    assert len(left) == 1


async def test_those_of_the_file_are_read_again_and_can_be_disabled(
    two: tuple[Running, Running], tmp_path: Path
) -> None:
    one, other = two
    session = await other.enter("sam")
    assert await code(one, "POST", "people/disable", id="sam") == "200"
    assert (await other.get("/a", session.headers)).status in (401, 403)
    shown = (await said(one, "GET", "people?id=sam"))[1]
    assert (shown["disabled"], shown["kept_in"]) == (True, "file")
    file = tmp_path / "one" / "operators.yaml"
    file.write_text(
        OPERATORS + "  - {id: kim, name: Kim, email: k@gateway.example, profile: Support}"
    )

    async def is_in() -> bool:
        return await code(one, "GET", "sites", "kim") == "200"

    await until(is_in)
    assert await code(one, "GET", "sites", "sam") == "403 not_an_operator", "still disabled"
    kim = await one.enter("ada")
    file.write_text("- {id: ada, nme: x}")

    async def is_told() -> bool:
        await asyncio.sleep(0)
        return one.gateway.people.stale

    await until(is_told)
    assert await code(one, "GET", "sites", "kim") == "200", "the old file holds"
    file.write_text(OPERATORS.replace("id: ada,", "id: eva,"))

    async def is_out() -> bool:
        return await is_over(one, kim)

    await until(is_out)

    async def is_on_record() -> bool:
        return any(
            b'"session.ended"' in each and kim.id.encode() in each for each in await one.stream()
        )

    await until(is_on_record)
    assert not one.gateway.people.stale
    read = [each for each in await one.records() if each["kind"] == "people.changed"][1:]
    assert [each["config"][0]["file"] for each in read] == [str(file)] * 2
    assert "actor" not in read[0]


async def test_a_partner_manages_its_own_people_and_sees_no_others(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    people = OPERATORS + (
        "  - {id: pat, name: Pat, email: p@x.example, profile: Partner Admin, partner: agency}\n"
        "  - {id: rex, name: Rex, email: r@x.example, profile: Partner Admin, partner: rival}"
    )
    more: dict[str, Any] = {"policies": {"ready": ["management", "partners"]}}
    async with running(tmp_path, store_url, site(app.port), people=people, **more) as gw:
        own = {**BEN, "profile": "Partner Admin", "partner": "agency"}
        assert await code(gw, "POST", "people", "pat", **BEN) == "403 not_permitted"
        assert await code(gw, "POST", "people", "pat", **(own | {"partner": "rival"})) == (
            "403 not_permitted"
        )
        assert await code(gw, "POST", "people", "pat", **own) == "201"
        assert await code(gw, "PUT", "people", "pat", **(own | {"profile": "Administrator"})) == (
            "403 not_permitted"
        )
        rita = own | {"id": "rita", "email": "rita@x.example", "partner": "rival"}
        assert await code(gw, "POST", "people", **rita) == "201"
        taken = rita | {"partner": "agency"}
        assert await code(gw, "PUT", "people", "pat", **taken) == "403 not_permitted"
        listed = (await said(gw, "GET", "people", "pat"))[1]["people"]
        assert [each["id"] for each in listed] == ["ben", "pat"]
        assert await code(gw, "POST", "people/disable", "pat", id="rex") == "403 not_permitted"
        assert await code(gw, "POST", "people/disable", "pat", id="ben") == "200"


async def test_without_a_file_nobody_signs_in_and_somebody_of_an_unknown_profile_is_refused(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    night: dict[str, Any] = {"profiles": [{"name": "Night", "like": "Administrator"}]}
    async with running(tmp_path, store_url, site(app.port), **night) as gw:
        assert await code(gw, "POST", "people", **(BEN | {"profile": "Night"})) == "201"
        session = await gw.enter("ben")
    async with running(tmp_path, store_url, site(app.port), operators=None) as gw:
        assert await code(gw, "GET", "sites") == "403 not_an_operator"
        assert await code(gw, "GET", "sites", "ben") == "200"
        refused = await gw.start("ben")
        assert (refused.status, (await refused.json())["code"]) == (403, "profile_unknown")
        start = await gw.get(
            "/_gateway/start?site=crm&subject=jonas",
            {"Host": CONSOLE, "Authorization": f"Bearer {gw.token('ben')}"},
        )
        assert start.status == 200

        async def is_out() -> bool:
            return await is_over(gw, session)

        await until(is_out)


async def test_whom_a_policy_names_is_to_be_handed_over(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "own.cedar").write_text(
        '@id("sam_looks") permit (principal == Gateway::Operator::"sam",'
        ' action == Gateway::Action::"act_read_only", resource);'
    )
    policies = {"ready": ["management"], "folder": str(tmp_path / "policies")}
    more: dict[str, Any] = {"policies": policies}
    async with running(tmp_path, store_url, site(app.port), **more) as gw:
        _, told = await said(gw, "POST", "people/disable", id="sam")
        assert told["hand_over"] == [{"kind": "policy", "name": "sam_looks"}]
        assert await code(gw, "GET", "sites", "sam") == "200"


async def test_users_whom_a_group_makes_operators_act_in_their_account(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    admins = [{"group": "sales", "profile": "Account Admin"}]
    allows = {"admins_may_act": True}
    said_of = site(app.port, operators=admins, preferences=allows)
    async with running(tmp_path, store_url, said_of) as gw:
        assert await code(gw, "GET", "sites", "priya") == "403 not_an_operator"
        session = await gw.enter("jonas", subject="priya")
        assert (await gw.get("/a", session.headers)).status == 200
        assert (await (await gw.start("jonas", subject="jonas")).json())["code"] == "oneself"
        refused = await gw.start("ada", subject="jonas")
        assert (await refused.json())["code"] == "protected_user"
        assert await code(gw, "POST", "people", "jonas", **BEN) == "403 not_permitted"

        kept = BEN | {"id": "jonas", "profile": "Support"}
        assert await code(gw, "POST", "people", **kept) == "201"
        assert (await gw.get("/a", session.headers)).status in (401, 403)
        records = await gw.records()
        [started] = [each for each in records if each["kind"] == "session.started"]
        assert (started["actor"]["id"], started["actor"]["profile"]) == ("jonas", "Account Admin")


async def test_a_profile_that_is_lowered_ends_what_it_does_not_allow(
    two: tuple[Running, Running],
) -> None:
    one, other = two
    assert await code(one, "POST", "people", **BEN) == "201"

    async def is_in() -> bool:
        return (await other.api("GET", "sites", operator="ben")).status == 200

    await until(is_in)
    changes = await other.enter("ben", mode="read_write")
    looks = await other.enter("ben", subject="priya")
    lower = BEN | {"profile": "Developer"}
    assert await code(one, "PUT", "people", **lower) == "200"
    assert (await other.get("/a", changes.headers)).status in (401, 403)
    assert (await other.get("/a", looks.headers)).status == 200


async def test_whom_a_group_makes_an_operator_gives_way_only_to_who_may_manage_them(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    people = OPERATORS + (
        "  - {id: pat, name: Pat, email: p@x.example, profile: Partner Admin, partner: agency}\n"
    )
    more: dict[str, Any] = {"policies": {"ready": ["management", "partners"]}}
    said_of = site(app.port, operators=[{"group": "sales", "profile": "Administrator"}])
    async with running(tmp_path, store_url, said_of, people=people, **more) as gw:
        own = {**BEN, "profile": "Partner Admin", "partner": "agency"}
        same_id = own | {"id": "jonas", "password": PASSWORD}
        same_mail = own | {"email": "Jonas@nordlicht.example"}
        assert await code(gw, "POST", "people", "pat", **same_id) == "403 not_permitted"
        assert await code(gw, "POST", "people", "pat", **same_mail) == "403 not_permitted"
        assert await code(gw, "POST", "people", "pat", **own) == "201"
        assert await code(gw, "PUT", "people", "pat", **same_mail) == "403 not_permitted"
        assert await code(gw, "POST", "people", "jonas", **(BEN | {"id": "ben2"} | MAIL)) == (
            "403 own_person"
        )
        assert await code(gw, "GET", "people", "jonas") == "200", "an administrator still"
        assert await code(gw, "POST", "people", **(BEN | {"id": "jonas"} | MAIL)) == "201"
