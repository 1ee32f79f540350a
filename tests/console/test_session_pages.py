"""Entering and leaving a session on its own host."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gateway.console.cookies import SESSION_COOKIE
from gateway.console.guard import form_token
from tests.console.characters import ADA, JONAS, make_session
from tests.console.support import World
from tests.console.visitor import Visitor

ENTER = "/_gateway/enter"
LEAVE = "/_gateway/leave"


@pytest.fixture
def guest(port: str, world: World) -> Visitor:
    """A browser on the session's host; the session `s1` and its code `c1` exist."""
    world.live_sessions["s1"] = make_session(ADA, JONAS, id="s1")
    world.codes["c1"] = "s1"
    return Visitor(port, "k3f9.crm.localhost")


@pytest.fixture
async def inside(guest: Visitor) -> Visitor:
    """A browser that has entered `s1`."""
    await guest.post(ENTER, {"code": "c1"})
    return guest


async def test_looking_at_the_enter_page_uses_nothing_up(guest: Visitor, world: World) -> None:
    for _ in range(2):
        page = await guest.get(f"{ENTER}?code=c1")
        assert page.status == 200
        assert "You are Ada Okafor." in page.words
        assert "takes you for Jonas Weber (Nordlicht GmbH), to look only" in page.words
    assert not guest.cookies
    assert world.codes


async def test_entering_uses_the_code_up_and_sets_the_cookie(guest: Visitor, world: World) -> None:
    answer = await guest.post(ENTER, {"code": "c1"})
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    (line,) = answer.headers.getall("Set-Cookie")
    expected = {"Secure", "HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=1800"}
    assert expected <= set(line.split("; "))
    assert world.tokens == {guest.cookies[SESSION_COOKIE]: "s1"}
    assert "Clear-Site-Data" not in answer.headers
    again = await Visitor(guest.port, guest.name).post(ENTER, {"code": "c1"})
    assert again.status == 410
    assert world.attempts[-1].code == "enter_code"


@pytest.mark.threat(42)
async def test_with_isolation_by_cookie_the_browser_forgets_the_operators_storage(
    guest: Visitor, world: World
) -> None:
    world.live_sessions["s1"] = make_session(ADA, JONAS, id="s1", isolation="cookie")
    answer = await guest.post(ENTER, {"code": "c1"})
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'


async def test_a_program_enters_without_saying_where_it_comes_from(guest: Visitor) -> None:
    guest.plain = True
    assert (await guest.post(ENTER, {"code": "c1"})).status == 303


@pytest.mark.threat(44)
async def test_threat_44_another_site_cannot_enter_or_leave_for_an_operator(
    guest: Visitor, world: World
) -> None:
    entered = await guest.post(ENTER, {"code": "c1"}, Origin="https://evil.example")
    assert (entered.status, list(world.codes)) == (403, ["c1"])
    await guest.post(ENTER, {"code": "c1"})
    token = form_token(guest.cookies[SESSION_COOKIE])
    for fields, headers in (
        ({"token": token}, {"Origin": "http://evil.localhost", "Sec_Fetch_Site": "same-site"}),
        ({"token": form_token("guess")}, {}),
        ({}, {}),
    ):
        assert (await guest.post(LEAVE, fields, **headers)).status == 403
    assert "s1" in world.live_sessions


@pytest.mark.threat(44)
async def test_threat_44_the_enter_form_submits_itself_only_from_the_console(
    guest: Visitor,
) -> None:
    console = f"http://acting.localhost:{guest.port}/"
    from_console = await guest.get(f"{ENTER}?code=c1", Referer=console)
    assert "/submit-" in from_console.text
    for referrer in ("", "https://evil.example/", console.rstrip("/") + ".evil.example/"):
        assert "/submit-" not in (await guest.get(f"{ENTER}?code=c1", Referer=referrer)).text


@pytest.mark.threat(44)
async def test_threat_44_on_a_further_host_it_submits_itself_only_from_the_session(
    guest: Visitor, world: World
) -> None:
    first, guest.name = guest.origin, "k3f9-1.crm.localhost"
    page = await guest.get(f"{ENTER}?code=c1", Referer=f"{first}/")
    assert "/submit-" in page.text
    assert "The app has this host too." in page.words
    policy = page.headers["Content-Security-Policy"]
    assert f"form-action 'self' {world.session_origin} {world.further_origin};" in policy
    other = first.replace("k3f9", "aaaa")
    for referrer in ("", f"http://acting.localhost:{guest.port}/", f"{other}/", f"{first}.evil/"):
        assert "/submit-" not in (await guest.get(f"{ENTER}?code=c1", Referer=referrer)).text


async def test_an_unknown_code_is_refused_on_record(guest: Visitor, world: World) -> None:
    answer = await guest.get(f"{ENTER}?code=zzz")
    assert answer.status == 410
    assert f'href="http://acting.localhost:{guest.port}/_gateway/"' in answer.text
    assert world.attempts[-1].target == ENTER


async def test_the_address_in_the_history_leads_back_inside(inside: Visitor) -> None:
    page = await inside.get(f"{ENTER}?code=c1")
    assert page.status == 200
    assert "You are acting as Jonas Weber already" in page.words


async def test_the_code_never_becomes_a_referrer(guest: Visitor) -> None:
    page = await guest.get(f"{ENTER}?code=c1")
    assert page.headers["Referrer-Policy"] == "strict-origin"


async def test_looking_at_the_leave_page_ends_nothing(inside: Visitor, world: World) -> None:
    within = await inside.get(LEAVE)
    assert "Stop acting as Jonas Weber?" in within.words
    assert "/submit-" in within.text
    elsewhere = await inside.get(LEAVE, Sec_Fetch_Site="cross-site")
    assert "/submit-" not in elsewhere.text
    assert world.live_sessions
    assert inside.cookies


@pytest.mark.threat(42)
async def test_threat_42_leaving_ends_the_session_and_clears_its_origin(
    inside: Visitor, world: World
) -> None:
    page = await inside.get(LEAVE)
    answer = await inside.post(LEAVE, {"token": page.token})
    assert answer.status == 200
    assert "You no longer act as Jonas Weber." in answer.words
    assert f'href="http://acting.localhost:{inside.port}/_gateway/"' in answer.text
    assert 'href="https://crm.example.com/">CRM as yourself</a>' in answer.text
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert not world.live_sessions
    assert not inside.cookies


@pytest.mark.threat(42)
async def test_after_it_is_over_leaving_still_cleans_up(inside: Visitor, world: World) -> None:
    world.live_sessions.clear()
    page = await inside.get(LEAVE)
    assert "The session is over" in page.words
    answer = await inside.post(LEAVE, {"token": page.token})
    assert answer.status == 200
    assert "Clear-Site-Data" in answer.headers
    assert not inside.cookies


async def test_who_is_not_acting_has_nothing_to_leave(guest: Visitor) -> None:
    page = await guest.get(LEAVE)
    assert "You are not acting for anybody here." in page.words
    assert "Clear-Site-Data" not in page.headers
    posted = await guest.post(LEAVE, {})
    assert (posted.status, "Clear-Site-Data" in posted.headers) == (200, False)


async def test_no_other_page_of_ours_is_on_a_sessions_host(inside: Visitor) -> None:
    for path in ("", "start", "sign-in", "api/sessions"):
        assert (await inside.get(f"/_gateway/{path}")).status == 404


async def test_leaving_leads_back_to_where_the_operator_came_from(
    inside: Visitor, world: World
) -> None:
    portal = "https://portal.example.com/customers/7?a=b#c"
    ((name, session),) = world.live_sessions.items()
    world.live_sessions[name] = replace(session, return_to=portal)
    page = await inside.get(LEAVE)
    answer = await inside.post(LEAVE, {"token": page.token})
    assert "You came from portal.example.com." in answer.words
    assert f'href="{portal}" autofocus>Back to portal.example.com</a>' in answer.text
