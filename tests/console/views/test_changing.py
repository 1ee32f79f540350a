"""Raising, lowering and extending a session from the console, and going back to the app."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from gateway.errors import Refused
from gateway.model import Mode
from tests.console.characters import ADA, JONAS, NOW, SAM, make_session
from tests.console.support import World
from tests.console.visitor import Visitor


@pytest.fixture
def back(world: World, port: str) -> str:
    return f"{world.session_origin}/deals/7?tab=notes"


@pytest.fixture(autouse=True)
def session(world: World) -> None:
    world.live_sessions["s1"] = make_session(ADA, JONAS, id="s1")
    world.live_sessions["s2"] = make_session(SAM, JONAS, id="s2")


async def test_a_session_is_raised_and_leads_back_to_the_page(
    ada: Visitor, world: World, back: str
) -> None:
    page = await ada.get(f"/_gateway/sessions/s1/raise?{urlencode({'back': back})}")
    assert "your changes are real, and made in the name of Jonas Weber" in page.words
    assert f'href="{back}"' in page.text
    assert f" {world.session_origin} " in page.headers["Content-Security-Policy"]
    fields = {"token": page.token, "back": back, "reason": "Fix the\naddress", "ticket": "#7"}
    done = await ada.post("/_gateway/sessions/s1/raise", fields)
    assert (done.status, done.headers["Location"]) == (303, back)
    (order,) = world.more_orders
    assert (order.session, order.reason, order.ticket) == ("s1", "Fix the address", "#7")
    raised = await ada.get("/_gateway/sessions/s1/raise")
    assert "Look only again as Jonas Weber?" in raised.words
    done = await ada.post("/_gateway/sessions/s1/lower", {"token": page.token, "back": back})
    assert (done.headers["Location"], world.live_sessions["s1"].elevated_until) == (back, 0)


async def test_a_session_is_extended(ada: Visitor, world: World, back: str) -> None:
    page = await ada.get("/_gateway/sessions/s1/extend")
    fields = {"token": page.token, "back": back, "reason": "Not done yet"}
    done = await ada.post("/_gateway/sessions/s1/extend", fields)
    assert done.status == 303
    page = await ada.get(done.headers["Location"])
    assert "The session lasts longer. The app's page is in the tab that it has" in page.words
    assert "It lasts until 21 September 2026, 15:13 UTC" in page.words
    assert f'href="{back}"' in page.text
    assert "<textarea" not in page.text
    assert world.live_sessions["s1"].expires_at == NOW + 60 * 60_000


async def test_a_refusal_is_shown_with_what_would_help(
    ada: Visitor, world: World, back: str
) -> None:
    world.more_refused = Refused(
        "policy", "Changes need a yes.", helps=(("approval",), ("fresh_sign_in",))
    )
    page = await ada.get("/_gateway/sessions/s1/raise")
    fields = {"token": page.token, "back": back, "reason": "Fix the address"}
    refused = await ada.post("/_gateway/sessions/s1/raise", fields)
    assert refused.status == 403
    assert "Changes need a yes." in refused.words
    assert ">Fix the address</textarea>" in refused.text
    assert 'href="/_gateway/sign-in?next=' in refused.text
    assert 'formaction="/_gateway/sessions/s1/approval"' in refused.text
    assert [each.session for each in world.attempts] == ["s1"]
    asked = await ada.post("/_gateway/sessions/s1/approval", fields)
    assert asked.headers["Location"] == "/_gateway/approvals?done=asked"
    assert world.approvals["a1"].session == "s1"
    page = await ada.get("/_gateway/sessions/s1/raise?approval=a1")
    assert "approved “Fix the address”" in page.words
    assert 'name="approval" value="a1"' in page.text


async def test_there_is_nothing_to_ask_for_where_changes_are_real(
    ada: Visitor, world: World
) -> None:
    world.live_sessions["s1"] = make_session(ADA, JONAS, id="s1", mode=Mode.READ_WRITE)
    page = await ada.get("/_gateway/sessions/s1/raise")
    assert "There is nothing to ask for." in page.words


async def test_only_ones_own_sessions_are_changed(ada: Visitor, world: World) -> None:
    token = (await ada.get("/_gateway/sessions/s1/raise")).token
    for path in ("raise", "extend"):
        assert (await ada.get(f"/_gateway/sessions/s2/{path}")).status == 404
    for path in ("raise", "lower", "extend"):
        sent = {"token": token, "reason": "Looking into it"}
        assert (await ada.post(f"/_gateway/sessions/s2/{path}", sent)).status == 404
    assert not world.more_orders


@pytest.mark.threat(45)
@pytest.mark.parametrize(
    "back",
    [
        "",
        "/deals",
        "//evil.example/",
        "https://evil.example/",
        "{origin}@evil.example/",
        "{origin}.evil.example/",
        "{origin}0/",
        "{origin}\\@evil.example/",
        "javascript:alert(1)",
        "http://[k3f9",
        "{origin}/\r\nX: y",
    ],
)
async def test_threat_45_an_address_of_elsewhere_leads_to_the_console(
    ada: Visitor, world: World, back: str
) -> None:
    back = back.replace("{origin}", world.session_origin)
    page = await ada.get("/_gateway/sessions/s1/extend")
    fields = {"token": page.token, "back": back, "reason": "Not done yet"}
    done = await ada.post("/_gateway/sessions/s1/extend", fields)
    assert done.headers["Location"].startswith("/_gateway/sessions/s1/extend?")
    page = await ada.get(done.headers["Location"])
    assert '<a class="button" href="/_gateway/">Go on in this tab</a>' in page.text
