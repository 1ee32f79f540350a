"""Who counts as signed in, by each way, and what a change needs."""

from __future__ import annotations

import pytest

from gateway.console.cookies import OPERATOR_COOKIE
from gateway.console.guard import form_token
from tests.console.characters import ADA, JONAS, make_session
from tests.console.support import World
from tests.console.visitor import Visitor

ORDER = {"site": "crm", "subject": "jonas.weber", "mode": "read_only", "reason": "Looking into it"}
SESSIONS = "/_gateway/api/sessions"


async def test_a_trusted_header_signs_in_without_a_form(port: str, world: World) -> None:
    proxied = Visitor(port, headers={"X-Auth-User": "sam"})
    page = await proxied.get("/_gateway/")
    assert "Sam Rivera" in page.words
    assert [known.way for known in world.signed_in.values()] == ["trusted_header"]
    assert page.token == form_token(proxied.cookies[OPERATOR_COOKIE])
    await proxied.get("/_gateway/")
    assert len(world.signed_in) == 1


async def test_such_a_sign_in_holds_only_while_the_header_says_the_same(
    port: str, world: World
) -> None:
    proxied = Visitor(port, headers={"X-Auth-User": "sam"})
    token = (await proxied.get("/_gateway/")).token
    world.live_sessions["s1"] = make_session(ADA, JONAS, id="s1")
    proxied.headers = {"X-Auth-User": "ada"}
    changed = await proxied.post("/_gateway/sessions/s1/end", {"token": token})
    assert (changed.status, world.attempts[-1].code) == (401, "not_signed_in")
    assert "Ada Okafor" in (await proxied.get("/_gateway/")).words
    proxied.headers = {}
    assert (await proxied.get("/_gateway/")).status == 303
    assert "s1" in world.live_sessions


async def test_a_credential_that_does_not_hold_is_refused_even_with_a_cookie(
    ada: Visitor, world: World
) -> None:
    answer = await ada.get("/_gateway/", Authorization="Bearer forged")
    assert (answer.status, world.attempts[-1].code) == (401, "bad_token")


async def test_an_operator_who_is_gone_is_nobody(ada: Visitor, world: World) -> None:
    world.signed_in.clear()
    assert (await ada.get("/_gateway/")).status == 303


async def test_a_program_needs_its_token_alone(program: Visitor) -> None:
    answer = await program.send("POST", SESSIONS, json=ORDER)
    assert answer.status == 201
    assert not program.cookies


async def test_a_program_without_a_token_is_told_how_to_prove_itself(
    port: str, world: World
) -> None:
    answer = await Visitor(port, plain=True).get(SESSIONS)
    assert (answer.status, answer.json["code"]) == (401, "not_signed_in")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert world.attempts[-1].operator is None
    world.bearer = ""
    elsewhere = await Visitor(port, plain=True).get(SESSIONS)
    assert elsewhere.status == 401
    assert "WWW-Authenticate" not in elsewhere.headers


@pytest.mark.threat(44)
@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "cross_site"),
        ({"Origin": "https://evil.example"}, "cross_site"),
        ({"Sec-Fetch-Site": "same-site"}, "cross_site"),
        ({"Sec-Fetch-Site": "same-origin"}, "form_token"),
        ({"Sec-Fetch-Site": "same-origin", "X-Gateway-Token": "0" * 64}, "form_token"),
    ],
)
async def test_threat_44_a_cookie_alone_changes_nothing(
    ada: Visitor, world: World, headers: dict[str, str], code: str
) -> None:
    answer = await ada.send("POST", SESSIONS, json=ORDER, headers=headers)
    assert (answer.status, answer.json["code"]) == (403, code)
    assert not world.live_sessions


async def test_our_own_script_may_change_with_the_sign_ins_token(ada: Visitor) -> None:
    token = form_token(ada.cookies[OPERATOR_COOKIE])
    headers = {"Sec-Fetch-Site": "same-origin", "X-Gateway-Token": token}
    assert (await ada.send("POST", SESSIONS, json=ORDER, headers=headers)).status == 201


@pytest.mark.threat(44)
@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-origin"}]
)
async def test_threat_44_a_browser_behind_a_token_proxy_cannot_be_used_from_elsewhere(
    program: Visitor, world: World, headers: dict[str, str]
) -> None:
    answer = await program.send("POST", SESSIONS, json=ORDER, headers=headers)
    assert answer.status == 403
    assert not world.live_sessions


@pytest.mark.threat(44)
async def test_threat_44_reading_from_another_site_is_refused_too(ada: Visitor) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert (await ada.send("GET", SESSIONS, headers=headers)).status == 403


@pytest.mark.threat(44)
@pytest.mark.parametrize("path", ["sessions", "sessions/s1/open", "sessions/s1/end", "sign-out"])
async def test_threat_44_every_form_needs_our_origin_and_token(
    ada: Visitor, world: World, path: str
) -> None:
    world.live_sessions["s1"] = make_session(ADA, JONAS, id="s1")
    token = (await ada.get("/_gateway/")).token
    for fields, headers in (
        (ORDER | {"token": token}, {"Origin": "null", "Sec_Fetch_Site": "cross-site"}),
        (ORDER | {"token": token}, {"Origin": "", "Sec_Fetch_Site": ""}),
        (ORDER | {"token": form_token("other")}, {}),
        (ORDER, {}),
    ):
        answer = await ada.post(f"/_gateway/{path}", fields, **headers)
        assert answer.status == 403
    codes = [attempt.code for attempt in world.attempts]
    assert codes == ["cross_site", "cross_site", "form_token", "form_token"]
    assert list(world.live_sessions) == ["s1"]
    assert world.signed_in
