"""Signing in and out."""

from __future__ import annotations

import pytest

from gateway.console.cookies import FORM_COOKIE, OPERATOR_COOKIE
from gateway.console.own_page import safe_next
from gateway.console.values import Client
from gateway.errors import Refused
from gateway.model import Operator
from tests.console.characters import PASSWORD
from tests.console.support import World
from tests.console.visitor import Visitor

SIGN_IN = "/_gateway/sign-in"


async def test_a_stranger_is_sent_to_sign_in_and_back(visitor: Visitor) -> None:
    start = "/_gateway/start?site=crm&subject=jonas.weber"
    sent = await visitor.get(start)
    assert sent.status == 303
    form = await visitor.get(sent.headers["Location"])
    fields = {"token": form.token, "next": start, "name": "ada", "password": PASSWORD}
    assert 'value="/_gateway/start?site=crm&amp;subject=jonas.weber"' in form.text
    answer = await visitor.post(SIGN_IN, fields)
    assert (answer.status, answer.headers["Location"]) == (303, start)
    assert "Ada Okafor" in (await visitor.get(start)).words
    assert FORM_COOKIE not in visitor.cookies


async def test_the_cookie_is_bound_to_this_host_and_hidden_from_scripts(visitor: Visitor) -> None:
    answer = await visitor.sign_in()
    line = next(v for v in answer.headers.getall("Set-Cookie") if v.startswith(OPERATOR_COOKIE))
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(line.split("; "))
    assert "Domain" not in line


async def test_a_wrong_password_signs_nobody_in_and_is_on_record(
    visitor: Visitor, world: World
) -> None:
    form = await visitor.get(SIGN_IN)
    fields = {"token": form.token, "name": "ada", "password": "wrong-secret"}
    answer = await visitor.post(SIGN_IN, fields)
    assert answer.status == 401
    assert "Name and password do not belong together." in answer.words
    assert "wrong-secret" not in answer.text
    assert OPERATOR_COOKIE not in visitor.cookies
    assert [attempt.code for attempt in world.attempts] == ["wrong_password"]
    assert "wrong-secret" not in str(world.attempts)


async def test_too_many_tries_are_said_on_the_form(
    visitor: Visitor, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(name: str, password: str, client: Client) -> Operator | None:
        raise Refused("too_many_tries", "Too many tries.", "Wait a minute.", status=429)

    monkeypatch.setattr(world, "check_password", refuse)
    form = await visitor.get(SIGN_IN)
    fields = {"token": form.token, "name": "ada", "password": PASSWORD}
    answer = await visitor.post(SIGN_IN, fields)
    assert answer.status == 429
    assert "Too many tries. Wait a minute." in answer.words


@pytest.mark.threat(44)
async def test_threat_44_a_foreign_page_cannot_sign_anybody_in(
    visitor: Visitor, world: World
) -> None:
    form = await visitor.get(SIGN_IN)
    fields = {"token": form.token, "name": "ada", "password": PASSWORD}
    foreign = await visitor.post(
        SIGN_IN, fields, Origin="https://evil.example", Sec_Fetch_Site="cross-site"
    )
    visitor.cookies.clear()
    without_cookie = await visitor.post(SIGN_IN, fields)
    assert (foreign.status, without_cookie.status) == (403, 403)
    assert [attempt.code for attempt in world.attempts] == ["cross_site", "form_token"]
    assert not world.signed_in


async def test_two_open_forms_both_work(visitor: Visitor) -> None:
    first = await visitor.get(SIGN_IN)
    second = await visitor.get(SIGN_IN)
    assert first.token == second.token


async def test_signing_in_again_ends_the_earlier_sign_in(ada: Visitor, world: World) -> None:
    earlier = ada.cookies[OPERATOR_COOKIE]
    await ada.sign_in()
    assert list(world.signed_in) == [ada.cookies[OPERATOR_COOKIE]] != [earlier]


async def test_signing_out_ends_it_on_the_server_too(ada: Visitor, world: World) -> None:
    home = await ada.get("/_gateway/")
    kept = dict(ada.cookies)
    answer = await ada.post("/_gateway/sign-out", {"token": home.token})
    assert answer.status == 303
    assert "You are signed out." in (await ada.get(answer.headers["Location"])).words
    assert not world.signed_in
    ada.cookies = kept
    assert (await ada.get("/_gateway/")).status == 303


async def test_where_nobody_has_a_password_there_is_no_form(visitor: Visitor, world: World) -> None:
    world.passwords = False
    page = await visitor.get(SIGN_IN)
    assert "password" not in page.text
    assert "Your company’s sign-in" in page.words


@pytest.mark.threat(45)
@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "/\\evil.example",
        "/%09/evil.example",
        "https://evil.example/_gateway/",
        "javascript:alert(1)",
        "/_gateway//evil.example",
        "/_gateway/../x",
        "/_gateway/sign-out",
        "/_gateway/start?x=\r\nSet-Cookie:a=b",
        "/_gateway/\n",
        "",
    ],
)
def test_threat_45_going_on_leads_to_our_own_pages_alone(wanted: str) -> None:
    assert safe_next("/_gateway/", wanted) == "/_gateway/"


def test_a_link_to_somebody_survives_signing_in() -> None:
    link = "/_gateway/start?site=crm&subject=mei%40hoshi.example"
    assert safe_next("/_gateway/", link) == link
